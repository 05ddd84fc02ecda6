#!/usr/bin/env bash
# Measures the latency from a webhook to the readers, with durable storage: WebhookApi receives signed texts, stores and handles them,
# commits lead events and publishes them. Each of two Realtime instances has one reader for each lead. All services, the load program and
# Postgres share the machine.
# Usage: bench/live/run.sh [rounds, default 3] [texts per second, default 200] [seconds, default 30] [leads, default 500]
# The script starts its own Postgres. With BENCH_POSTGRES=postgres://user:password@host:port it creates a database on that server instead.
set -euo pipefail
bench=live
source "$(dirname "$0")/../common.sh"
rounds=${1:-3} rate=${2:-200} seconds=${3:-30} leads=${4:-500}
postgres_port=5471 redis_port=5472 webhook_port=5473 realtime_ports=(5474 5475)
load=$artifacts/bin/JackAutomotive.RealtimeLoad/release/JackAutomotive.RealtimeLoad

ulimit -n "$(ulimit -Hn)"
require_free_ports $postgres_port $redis_port $webhook_port "${realtime_ports[@]}"
build_release "$root/bench/realtime/load" "$root/JackAutomotive.WebhookApi" "$root/JackAutomotive.Realtime"
start_redis $redis_port
started+=("$redis")
create_database $postgres_port
start_webhook_api $webhook_port "ConnectionStrings__redis=127.0.0.1:$redis_port"
server_ids=${started[-1]}
arguments=()
for realtime_port in "${realtime_ports[@]}"; do
  start_realtime "$realtime_port"
  server_ids+=,${started[-1]}
  arguments+=(--stream "http://127.0.0.1:$realtime_port/api/stream/conversation/{lead}")
done
postgres_id=$(head -1 "$(sql "$database" 'SHOW data_directory')/postmaster.pid" 2>/dev/null || true)
sql "$database" "
  INSERT INTO leads (id, phone, last_seq, created_at, updated_at)
    SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, '+1' || (2020000000 + i), 0, now(), now()
    FROM generate_series(0, $leads - 1) AS i;
  INSERT INTO lead_addresses (kind, address, lead_id, created_at) SELECT 'phone', phone, id, created_at FROM leads;
  ANALYZE"

# handled QUANTILE: prints the time in ms from the receipt of a text to the end of its handling, which commits together with the events,
# for the texts of the last measurement.
handled() {
  sql "$database" "
    SELECT round((extract(epoch FROM percentile_cont($1) WITHIN GROUP (ORDER BY completed_at - received_at)) * 1000)::numeric, 1)
    FROM (SELECT * FROM inbox ORDER BY id DESC LIMIT $rate * $seconds) AS measured"
}
value() { sed "s/.*\"$2\":\([0-9.]*\).*/\1/" <<<"$1" | awk '{ printf ($1 == int($1) ? "%d" : "%.1f"), $1 }'; }

for ((round = 1; round <= rounds; round++)); do
  say "Round $round of $rounds..."
  line=$("$load" --peer ours --scenario live --rate "$rate" --seconds "$seconds" --channels "$leads" --readers $((2 * leads)) "${arguments[@]}" \
    --header "Authorization: Bearer $bench_key" --post "http://127.0.0.1:$webhook_port/api/webhooks/twilio/sms/incoming" --webhook-token bench-token \
    --server-ids "$server_ids" --redis-ids "$redis" --log-ids "$postgres_id")
  echo "$line" >>"$artifacts/live.jsonl"
  rows+=("| $round | $(value "$line" ack_p50_ms) / $(value "$line" ack_p95_ms) | $(handled 0.5) / $(handled 0.95) | $(value "$line" p50_ms) | **$(value "$line" p95_ms)** | $(value "$line" p99_ms) | $(value "$line" max_ms) | $(value "$line" lost), $(value "$line" doubled), $(value "$line" reordered) of $(value "$line" expected) | $(value "$line" foreign_percent) |")
done

cat <<TEXT

| $rate texts a second for $seconds s, $leads leads, a reader of each on both instances; ms since the text was due | answered, p50 / p95 | received to handled, p50 / p95 | at the reader: p50 | p95 | p99 | longest | lost, doubled, reordered | others' CPU % |
|---|---|---|---|---|---|---|---|---|
$(printf '%s\n' "${rows[@]}")
TEXT
