#!/usr/bin/env bash
# Measures the dispatch of texts to a stand-in for Twilio that answers in 50 ms: jobs sent per second, the time from an accepted request to the
# arrival of the text at the stand-in, and what 100,000 scheduled jobs cost while they wait.
# Usage: bench/outbound/run.sh [rounds, default 3] [texts per round, default 3000] [seconds, default 10] [requests per second, default 50] [scheduled jobs, default 100000]
# The script starts its own Postgres. With BENCH_POSTGRES=postgres://user:password@host:port it creates a database on that server instead.
set -euo pipefail
bench=outbound
source "$(dirname "$0")/../common.sh"
rounds=${1:-3} texts=${2:-3000} seconds=${3:-10} rate=${4:-50} scheduled=${5:-100000}
api=5496 provider=5497

require_free_ports $api $provider 5495
build_release "$root/JackAutomotive.WebhookApi" "$root/bench/outbound/load"
create_database 5495
load=$artifacts/bin/JackAutomotive.OutboundLoad/release/JackAutomotive.OutboundLoad

# Numbers where it is day now: in London, in Los Angeles or in Tokyo. At night nothing would go out.
case $(date -u +%-H) in
  9 | 1[0-8]) prefix=+44207 ;;
  [4-8]) prefix=+8133 ;;
  *) prefix=+12135 ;;
esac
digits=7 first=90 second=91
[[ $prefix != +12135 ]] || digits=6 first=8 second=9

start_webhook_api $api TWILIO_API_BASE_URL=http://127.0.0.1:$provider Outbound__SimulatedAccountSid=AC00000000000000000000000000000001 \
  Outbound__SimulatedPhoneNumber=+12025550100 Outbound__TextsPerSecond=0 Outbound__Concurrency=64 PUBLIC_BASE_URL=https://hooks.example.com
service=${started[-1]}

say "Creating leads..."
sql "$database" "INSERT INTO leads (id, phone, last_seq, created_at, updated_at)
  SELECT gen_random_uuid(), '$prefix' || lpad(i::text, $digits, '0'), 0, now(), now() FROM generate_series(1, 20000) AS i;
  INSERT INTO lead_addresses (kind, address, lead_id, created_at) SELECT 'phone', phone, id, created_at FROM leads; ANALYZE"

# add COUNT DUE: adds texts of different leads that are due at a time.
add() {
  sql "$database" "INSERT INTO outbound_jobs (
      id, lead_id, kind, channel, address_kind, address, body, state, due_at, cause, created_by, created_at, updated_at)
    SELECT gen_random_uuid(), id, 'text', 'sms', 'phone', phone, 'text ' || n, 'queued', $2, 'api', 'bench', now(), now()
    FROM (SELECT id, phone, row_number() OVER (ORDER BY random()) AS n FROM leads) AS lead, generate_series(1, greatest(1, $1 / 20000)) AS copy WHERE n <= $1"
}

# send COUNT: prints the texts that were sent per second.
send() {
  add "$1" "now() + interval '3 seconds'"
  until [[ $(sql "$database" "SELECT count(*) FROM outbound_jobs WHERE state <> 'sent' AND due_at < now() + interval '1 hour'") == 0 ]]; do sleep 0.5; done
  sql "$database" "SELECT round(count(*) / extract(epoch FROM max(ended_at) - min(started_at))) FROM outbound_attempts
    WHERE started_at > now() - interval '10 minutes'; TRUNCATE outbound_jobs CASCADE; TRUNCATE outbound_decisions"
}

# cpu SECONDS: prints the milliseconds of processor time per second that the service and Postgres take.
cpu() {
  local postgres_processes before after
  postgres_processes=$(head -1 "$(sql "$database" 'SHOW data_directory')/postmaster.pid")
  postgres_processes="$postgres_processes $(pgrep -P "$postgres_processes" | tr '\n' ' ')"
  ticks() { cat $(printf '/proc/%s/stat ' "$@") 2>/dev/null | awk '{ sum += $14 + $15 } END { print sum }'; }
  before=$(ticks $service $postgres_processes)
  sleep "$1"
  after=$(ticks $service $postgres_processes)
  awk -v t="$((after - before))" -v s="$1" 'BEGIN { printf "%.1f", t * 10 / s }'
}

"$load" $provider 50 &
started+=($!)
say "Warming up..."
send "$texts" >/dev/null
sent=()
for ((i = 1; i <= rounds; i++)); do
  say "Round $i of $rounds..."
  sent+=("$(send "$texts")")
done
stop "${started[-1]}"

say "Measuring accepted requests..."
"$load" $provider 50 http://localhost:$api $bench_key "$prefix$first" 3 "$rate" >/dev/null
read -r p50 p95 p99 asked <<<"$("$load" $provider 50 http://localhost:$api $bench_key "$prefix$second" "$seconds" "$rate")"

say "Measuring $scheduled scheduled jobs..."
sleep 3
idle=$(cpu 20)
add "$scheduled" "now() + interval '30 days'"
sql "$database" "VACUUM ANALYZE outbound_jobs"
waiting=$(cpu 20)

median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
cat <<TEXT

| one process, a provider that answers in 50 ms, 64 requests at a time | |
|---|---|
| **texts sent per second**, median of $rounds rounds of $texts (${sent[*]}) | **$(median "${sent[@]}")** |
| accepted (202) to the arrival at the provider, $rate requests a second, $asked texts: p50, **p95**, p99 ms | $p50 **$p95** $p99 |
| processor time without jobs, ms a second (service and Postgres) | $idle |
| processor time with $scheduled scheduled jobs, ms a second | $waiting |
TEXT
