// node eventsource.cjs URL KEY: watches a stream with npm's eventsource and writes each event as one JSON object per line.
const { EventSource } = require('eventsource')

const [url, key] = process.argv.slice(2)
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } }),
})
for (const type of ['ready', 'sms_received', 'message']) {
  source.addEventListener(type, e => console.log(JSON.stringify({ type, id: e.lastEventId, data: JSON.parse(e.data) })))
}
source.addEventListener('error', e => console.error(e.code, e.message))
