// better-sse on node's HTTP server, with one better-sse channel and one Redis subscription for each watched lead.
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";
import Redis from "ioredis";

const redis = new Redis(process.env.REDIS);
const channels = new Map();
let count = 0;

redis.on("message", (name, line) => {
  channels.get(name)?.broadcast(JSON.parse(line), "sms_received", { eventId: String(++count) });
});

createServer(async (request, response) => {
  const name = "lead:" + request.url.slice("/stream/".length);
  const session = await createSession(request, response);
  let channel = channels.get(name);
  if (!channel) {
    channel = createChannel();
    channels.set(name, channel);
    await redis.subscribe(name);
  }

  channel.register(session);
  session.on("disconnected", () => {
    if (channel.sessionCount === 0 && channels.get(name) === channel) {
      channels.delete(name);
      redis.unsubscribe(name);
    }
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
