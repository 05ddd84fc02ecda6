// A simple Server-Sent Events service: the framework's result type over one Redis subscription queue per request.
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var redis = await ConnectionMultiplexer.ConnectAsync(builder.Configuration["Redis"] ?? throw new InvalidOperationException("Redis is not set."));

var app = builder.Build();
app.MapGet("/stream/{lead}", (string lead, CancellationToken cancellationToken) =>
    TypedResults.ServerSentEvents(WatchAsync(lead, cancellationToken)));
app.Run();

async IAsyncEnumerable<SseItem<string>> WatchAsync(string lead, [EnumeratorCancellation] CancellationToken cancellationToken)
{
    var queue = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal($"lead:{lead}"));
    try
    {
        // ASP.NET sends the head of the response only with the first item.
        yield return new SseItem<string>("{}", "ready");
        await foreach (var message in queue.WithCancellation(cancellationToken))
        {
            yield return new SseItem<string>(message.Message!, "sms_received") { EventId = Guid.NewGuid().ToString("N") };
        }
    }
    finally
    {
        await queue.UnsubscribeAsync();
    }
}
