#!/usr/bin/env bash
# Measures deliveries per second through one WebhookApi process. In turns, pgbench inserts the same rows into the same table of the same
# server, one row per transaction, for comparison.
# Usage: bench/ingest/run.sh [rounds, default 3] [seconds per measurement, default 10]
# The script starts its own Postgres. With BENCH_POSTGRES=postgres://user:password@host:port it creates a database on that server instead.
set -euo pipefail
bench=ingest
source "$(dirname "$0")/../common.sh"
rounds=${1:-3} seconds=${2:-10}
connections=64 clients=32
postgres_port=5481 webhook_port=5482 sink_port=5483
token=bench-token
url=http://localhost:$webhook_port/api/webhooks/twilio/sms/incoming
folder=$root/bench/ingest

require_free_ports $postgres_port $webhook_port $sink_port
build_release "$root/JackAutomotive.WebhookApi" "$folder/load"
create_database $postgres_port

load=$artifacts/bin/JackAutomotive.IngestLoad/release/JackAutomotive.IngestLoad
"$load" sink "http://localhost:$sink_port/" >"$artifacts/ingest-sink.txt" 2>&1 &
started+=($!)

# As in production, the service exports traces, metrics and logs. The worker is off, because the benchmark measures acceptance only.
start_webhook_api $webhook_port Inbox__ProcessDeliveries=false TWILIO_AUTH_TOKEN=$token \
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:$sink_port OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_SERVICE_NAME=webhook-api

drive() { "$load" "$url" "$token" "$1" $connections "$2" "${@:3}"; }
pgbench() {
  PGPASSWORD=$password "$programs/pgbench" -h "$host" -p "$port" -U "$user" -n -M prepared -c $clients -j 2 -T "$seconds" \
    -f "$artifacts/ingest-pgbench.sql" "$database" 2>"$artifacts/ingest-pgbench.txt" | sed -n 's/^tps = \([0-9]*\).*without initial.*/\1/p'
}
fresh() { sql "$database" 'SET client_min_messages = warning; TRUNCATE inbox CASCADE; CHECKPOINT'; }
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.10g\n", v[int((NR + 1) / 2)] }'; }
column() { printf '%s\n' "${@:2}" | awk -v c="$1" '{ print $c }' | median; }
only() { [[ $1 =~ ^[^\ ]+\ [^\ ]+\ [^\ ]+\ $2:[0-9]+$ ]] || fail "not every answer was $2: $1"; }
stored() { sql "$database" 'SELECT count(*), count(DISTINCT xmin::text) FROM inbox' | awk -F'|' '{ printf "%.1f", $1 / $2 }'; }

# The warm-up lets the runtime compile the hot code. Until then, the JIT compiler uses a quarter of the machine.
say "Warming up..."
drive fresh 5 >/dev/null

# A row of the same size as those that the service just stored, with its own key. The key contains '-' instead of ':', because pgbench
# takes a colon and a name for a parameter.
body=$(sql "$database" 'SELECT avg(length(body))::int FROM inbox')
cat >"$artifacts/ingest-pgbench.sql" <<SQL
\\set key random(1, 9000000000000000000)
INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, due_at, received_at)
VALUES ('twilio', 'twilio.sms-incoming', 'sms-SM0000000000000' || :key::text, 'sms:+12025550123',
  decode(repeat('61', $body), 'hex'), decode(repeat('61', 32), 'hex'),
  '{"Content-Type":"application/x-www-form-urlencoded; charset=UTF-8","User-Agent":"TwilioProxy/1.1","I-Twilio-Idempotency-Token":"6d3ccd5f-7cf4-4d3c-9d5e-0c8a7f6a1b2c"}',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', now(), now());
SQL

for _ in 1 2 3; do
  fresh
  drive fresh 10 >/dev/null
done

bench=() full=() batch=()
for ((i = 1; i <= rounds; i++)); do
  say "Round $i of $rounds..."
  fresh
  bench+=("$(pgbench)")
  fresh
  full+=("$(drive fresh "$seconds")")
  only "${full[-1]}" 200
  batch+=("$(stored)")
done
accepted=$(column 1 "${full[@]}")
tps=$(printf '%s\n' "${bench[@]}" | median)

say "Half of the load, and without the database..."
fresh
half=$(drive fresh "$seconds" $((accepted / 2)))
only "$half" 200
copies=$(drive copies "$seconds")
only "$copies" 200
wrong=$(drive wrongsignature "$seconds")
only "$wrong" 403
none=$(drive nosignature "$seconds")
only "$none" 403

row() { read -r a b c _ <<<"$2"; echo "| $1 | $a | $b | $c |"; }
cat <<TEXT

| $connections connections, one process, median of $rounds runs of $seconds s | per second | p50 ms | p99 ms |
|---|---|---|---|
| **accepted**: verified, stored, fsynced, traced (${batch[*]} rows a commit) | **$accepted** | $(column 2 "${full[@]}") | $(column 3 "${full[@]}") |
| pgbench, $clients clients, the same row, one a transaction (${bench[*]}) | $tps | | |
| **ratio** | **$(awk -v a="$accepted" -v b="$tps" 'BEGIN { printf "%.2f", a / b }')** | | |
$(row 'accepted at half that load' "$half")
$(row 'copies of one event: verified and looked up, nothing to commit' "$copies")
$(row 'wrong signature: verified and refused, no database¹' "$wrong")
$(row 'no signature: refused unverified, HTTP and the refusal alone¹' "$none")

¹ A refusal writes a problem document and, up to ten times a second, a log line and an audit row, which an accepted delivery does not.
TEXT
