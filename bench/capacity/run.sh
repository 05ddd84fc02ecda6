#!/usr/bin/env bash
# Measures how much of the streams' work one Redis and one Postgres can carry, each alone: the rate, and the CPU time per operation, which
# depends less on other load of the machine. For one instance of Realtime: SCEN="fan-sat each-sat idle" bench/realtime/run.sh ours
# Usage: bench/capacity/run.sh [seconds per measurement of Postgres, default 10] [messages per measurement of Redis, default 300000]
# Requires redis-server, redis-benchmark and redis-cli on the PATH. The script starts its own Postgres, or uses the server in BENCH_POSTGRES.
set -euo pipefail
bench=capacity
source "$(dirname "$0")/../common.sh"
seconds=${1:-10} messages=${2:-300000}
postgres_port=5476 redis_port=5477 webhook_port=5478
SERVER_CPU=${SERVER_CPU:-0} LOAD_CPU=${LOAD_CPU:-1}

for program in redis-server redis-benchmark redis-cli; do command -v $program >/dev/null || fail "$program is required: put it on the PATH."; done
require_free_ports $postgres_port $redis_port $webhook_port
build_release "$root/JackAutomotive.WebhookApi"

each() { awk -v ms="$1" -v n="$2" 'BEGIN { printf "%.1f | %d", ms * 1000 / n, n * 1000 / ms }'; }

taskset -c "$SERVER_CPU" redis-server --port $redis_port --bind 127.0.0.1 --save '' --appendonly no --daemonize no \
  --client-output-buffer-limit 'pubsub 0 0 0' >"$artifacts/capacity-redis.txt" 2>&1 &
redis=$!
started+=($redis)
until redis-cli -p $redis_port ping >/dev/null 2>&1; do sleep 0.1; done

# A message has 420 bytes, like the head and frame of a text. Each subscriber subscribes to all 1,000 channels, like instances whose
# watchers watch the same leads.
channels=$(printf 'lead:%012d ' {0..999})
message=$(head -c 420 /dev/zero | tr '\0' x)
subscribers=()
redis_rows=()
for count in 0 1 2 4 8; do
  while [[ ${#subscribers[@]} -lt $count ]]; do
    taskset -c "$LOAD_CPU" bash -c "exec 3<>/dev/tcp/127.0.0.1/$redis_port; printf 'SUBSCRIBE %s\r\n' '$channels' >&3; exec cat <&3 >/dev/null" &
    subscribers+=($!)
    started+=($!)
  done
  until [[ $(redis-cli -p $redis_port pubsub numsub lead:000000000999 | tail -1) == "$count" ]]; do sleep 0.1; done
  say "Redis, $count subscribers..."
  before=$(cpu $redis)
  rate=$(taskset -c "$LOAD_CPU" redis-benchmark -p $redis_port -c 8 -P 16 -n "$messages" -r 1000 --csv PUBLISH lead:__rand_int__ "$message" | tail -1 | cut -d'"' -f4)
  # The CPU time must include the output that still waits for subscribers.
  while redis-cli -p $redis_port client list type pubsub | grep -q 'omem=[1-9]'; do sleep 0.1; done
  redis_rows+=("| PUBLISH, $count subscribers | $(printf %.0f "$rate") | $(each $(($(cpu $redis) - before)) "$messages") |")
done
stop "${subscribers[@]}"

# Measures the cost of a subscription: 100,000 channels on one connection, then the same channels on a second connection.
for count in 1 2; do
  say "Redis, subscription $count to 100000 channels..."
  before=$(cpu $redis)
  memory=$(redis-cli -p $redis_port info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
  taskset -c "$LOAD_CPU" bash -c "exec 3<>/dev/tcp/127.0.0.1/$redis_port
    { for ((i = 0; i < 100; i++)); do
      printf 'SUBSCRIBE %s\r\n' \"\$(seq -f 'lead:00000000-0000-7000-8000-%012.0f' -s ' ' \$((i * 1000)) \$((i * 1000 + 999)))\"
    done; } >&3 &
    exec cat <&3 >/dev/null" &
  started+=($!)
  until [[ $(redis-cli -p $redis_port pubsub numsub lead:00000000-0000-7000-8000-000000099999 | tail -1) == "$count" ]]; do sleep 0.1; done
  while redis-cli -p $redis_port client list type pubsub | grep -q 'omem=[1-9]'; do sleep 0.1; done
  spent=$(($(cpu $redis) - before))
  memory=$(($(redis-cli -p $redis_port info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p') - memory))
  [[ $count == 1 ]] && what='SUBSCRIBE to a channel that nobody has' || what='to one that another instance has'
  redis_rows+=("| $what, $((memory / 100000)) bytes | | $(each $spent 100000) |")
done
stop "$redis"

create_database $postgres_port
start_webhook_api $webhook_port
until curl -fs -o /dev/null "http://localhost:$webhook_port/health"; do sleep 0.1; done
stop "${started[-1]}"
say "Creating 10000 leads with 100 events each..."
sql "$database" "
  INSERT INTO leads (id, phone, last_seq, created_at, updated_at)
    SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, '+1' || (2020000000 + i), 100, now(), now()
    FROM generate_series(0, 9999) AS i;
  INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent)
    SELECT id, seq, 'sms_received', now(), json_build_object('messageSid', 'SM' || repeat('0', 32), 'body', repeat('x', 100), 'media', '[]'::json),
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    FROM leads, generate_series(1, 100) AS seq"
sql "$database" 'VACUUM ANALYZE'
sql "$database" CHECKPOINT
server=$(head -1 "$(sql "$database" 'SHOW data_directory')/postmaster.pid")

lead="('00000000-0000-7000-8000-' || lpad((:lead)::text, 12, '0'))::uuid"
append="WITH lead AS (
    UPDATE leads SET last_seq = last_seq + 1, updated_at = now() WHERE id = $lead RETURNING id, last_seq),
  appended AS (
    INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent)
    SELECT id, last_seq, 'sms_received', now(), '{\"messageSid\":\"SM00000000000000000000000000000000\",\"body\":\"$(printf 'x%.0s' {1..100})\",\"media\":[]}',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' FROM lead RETURNING lead_id, seq)
  INSERT INTO outbox_transactions (lead_ids, seqs, created_at) SELECT ARRAY[lead_id], ARRAY[seq], now() FROM appended RETURNING id"
page() {
  echo "SELECT seq, type, occurred_at, data::text, trace_parent FROM lead_events WHERE lead_id = $lead
    AND seq > (SELECT last_seq FROM leads WHERE id = $lead) - $1 ORDER BY seq LIMIT 200;"
}

# transactions NAME CLIENTS SCRIPT
postgres_rows=()
transactions() {
  say "Postgres: $1..."
  printf '\\set lead random(0, 9999)\n%s\n' "$3" >"$artifacts/capacity-pgbench.sql"
  local output before tps count
  before=$(cpu "$server")
  output=$(PGPASSWORD=$password "$programs/pgbench" -h "$host" -p "$port" -U "$user" -n -M prepared -c "$2" -j 2 -T "$seconds" \
    -f "$artifacts/capacity-pgbench.sql" "$database" 2>&1) || fail "$output"
  sleep 0.2
  tps=$(sed -n 's/^tps = \([0-9]*\).*/\1/p' <<<"$output")
  count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' <<<"$output")
  postgres_rows+=("| $1 | $tps | $(each $(($(cpu "$server") - before)) "$count") |")
}

transactions 'an event appended, 32 at a time, each its own commit' 32 "$append;"
transactions 'the same, and taken out of the outbox' 32 "$append \\gset
DELETE FROM outbox_transactions WHERE id = :id;"
transactions 'a replay of 10 events' 8 "$(page 10)"
transactions 'a replay of 100 events' 8 "$(page 100)"
transactions "a lead's newest seq" 8 "SELECT last_seq FROM leads WHERE id = $lead;"
transactions 'a sweep over 10,000 watched leads' 1 "SELECT id, last_seq FROM leads WHERE id = ANY('{$(seq -f '00000000-0000-7000-8000-%012.0f' -s, 0 9999)}');"

cat <<TEXT

| one Redis on a core of its own, 1,000 channels, messages of 420 bytes | per second here | CPU µs each | for a whole core a second |
|---|---|---|---|
$(printf '%s\n' "${redis_rows[@]}")

| one Postgres, fsynced, 10,000 leads and a million events, the client on the same two cores | per second here | CPU µs each | for a whole core a second |
|---|---|---|---|
$(printf '%s\n' "${postgres_rows[@]}")
TEXT
