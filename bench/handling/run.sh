#!/usr/bin/env bash
# Measures deliveries handled per second, from the inbox to committed lead events, in turns in a new database and in one with a history. In
# turns with them, pgbench inserts rows like those of the inbox into a table with the same indexes, one row per transaction, for comparison.
# Usage: bench/handling/run.sh [rounds, default 3] [deliveries per measurement, default 20000] [old deliveries, default 1000000] [old events, default 5000000] [leads, default 100000]
# The script starts its own Postgres. With BENCH_POSTGRES=postgres://user:password@host:port it creates two databases on that server instead.
set -euo pipefail
bench=handling
source "$(dirname "$0")/../common.sh"
rounds=${1:-3} deliveries=${2:-20000} old_deliveries=${3:-1000000} old_events=${4:-5000000} leads=${5:-100000}
postgres_port=5488 redis_port=5487

require_free_ports $postgres_port $redis_port 5489 5490
build_release "$root/JackAutomotive.WebhookApi"
start_redis $redis_port
started+=("$redis")

# Each database has its own service. Both services run all the time, so that their code stays compiled.
create_database $postgres_port
young=$database
start_webhook_api 5489 "ConnectionStrings__redis=localhost:$redis_port"
young_service=${started[-1]}
server=$(head -1 "$(sql "$young" 'SHOW data_directory')/postmaster.pid")
sql postgres "CREATE DATABASE ${young}_old"
old=${young}_old
crm=${crm/Database=$young/Database=$old}
start_webhook_api 5490 "ConnectionStrings__redis=localhost:$redis_port"

say "Creating $leads leads in both databases, and in one of them $old_deliveries handled deliveries and $old_events events..."
for database in "$young" "$old"; do
  sql "$database" "INSERT INTO leads (id, phone, last_seq, created_at, updated_at)
    SELECT gen_random_uuid(), '+1' || (2020000000 + i), 0, now(), now() FROM generate_series(0, $leads - 1) AS i;
    INSERT INTO lead_addresses (kind, address, lead_id, created_at) SELECT 'phone', phone, id, created_at FROM leads"
done
sql "$old" "
  INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, state, attempts, due_at, received_at, completed_at)
    SELECT 'twilio', 'twilio.sms-incoming', 'sms:SMold' || i, 'sms:+1' || (2020000000 + i % $leads), decode(repeat('61', 400), 'hex'),
      sha256(i::text::bytea), '{\"Content-Type\":\"application/x-www-form-urlencoded\"}', 'done', 1, at, at, at
    FROM generate_series(1, $old_deliveries) AS i, LATERAL (SELECT now() - i * interval '1 second' AS at) AS moment;
  INSERT INTO lead_events (lead_id, seq, type, occurred_at, data)
    SELECT id, seq, 'sms_received', now(), '{\"messageSid\":\"SM00000000000000000000000000000000\",\"body\":\"Is the blue pickup still there?\",\"media\":[]}'
    FROM leads, generate_series(1, $old_events / $leads) AS seq;
  UPDATE leads SET last_seq = $old_events / $leads"
for database in "$young" "$old"; do sql "$database" 'VACUUM ANALYZE'; done
sql "$old" CHECKPOINT

# handle DATABASE COUNT: inserts texts of known leads that become due together after all are inserted. Prints the handled deliveries per
# second between the first and the last completion.
handle() {
  local sid kind
  sid=SM$(date +%s%N)x
  kind=sms:$sid
  sql "$1" "INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
    SELECT 'twilio', 'twilio.sms-incoming', '$kind' || i, 'sms:' || phone,
      ('MessageSid=$sid' || i || '&From=%2B' || substr(phone, 2) || '&To=%2B12025550100&NumMedia=0&Body=Is+the+blue+pickup+still+there%3F')::bytea,
      sha256(i::text::bytea), '{\"Content-Type\":\"application/x-www-form-urlencoded\"}', now() + interval '4 seconds', now()
    FROM (SELECT phone, row_number() OVER () AS i FROM leads ORDER BY random() LIMIT $2) AS sender"
  until [[ $(sql "$1" "SELECT count(*) FROM inbox WHERE state = 'pending'") == 0 ]]; do sleep 0.5; done
  sql "$1" "SELECT round(count(*) / extract(epoch FROM max(completed_at) - min(completed_at))) FROM inbox
    WHERE dedup_key LIKE '$kind%' AND state = 'done'"
}

# The key contains '-' instead of ':', because pgbench takes a colon and a name for a parameter.
sql "$young" 'CREATE TABLE reference (LIKE inbox INCLUDING ALL)'
cat >"$artifacts/handling-pgbench.sql" <<'SQL'
\set key random(1, 9000000000000000000)
INSERT INTO reference (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
VALUES ('twilio', 'twilio.sms-incoming', 'sms-SM0000000000000' || :key::text, 'sms-+12025550123',
  decode(repeat('61', 130), 'hex'), decode(repeat('61', 32), 'hex'), '{"Content-Type":"application/x-www-form-urlencoded"}', now(), now());
SQL
pgbench() {
  PGPASSWORD=$password "$programs/pgbench" -h "$host" -p "$port" -U "$user" -n -M prepared -c 32 -j 2 -T 5 \
    -f "$artifacts/handling-pgbench.sql" "$young" 2>"$artifacts/handling-pgbench.txt" | sed -n 's/^tps = \([0-9]*\).*without initial.*/\1/p'
}

say "Warming up..."
for database in "$young" "$old"; do handle "$database" "$deliveries" >/dev/null; done
few=() many=() inserts=() costs=()
for ((i = 1; i <= rounds; i++)); do
  say "Round $i of $rounds..."
  inserts+=("$(pgbench)")
  before="$(cpu "$young_service") $(cpu "$server")"
  few+=("$(handle "$young" "$deliveries")")
  costs+=("$(awk -v before="$before" -v after="$(cpu "$young_service") $(cpu "$server")" -v n="$deliveries" \
    'BEGIN { split(before, b); split(after, a); printf "%d+%d", (a[1] - b[1]) * 1000 / n, (a[2] - b[2]) * 1000 / n }')")
  many+=("$(handle "$old" "$deliveries")")
done

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
cat <<TEXT

| texts of $leads known leads, one process, median of $rounds rounds of $deliveries | handled per second | all |
|---|---|---|
| young database | $(median "${few[@]}") | ${few[*]} |
| $old_deliveries deliveries in the inbox, $old_events lead events | $(median "${many[@]}") | ${many[*]} |
| **ratio** | **$(ratio "$(median "${many[@]}")" "$(median "${few[@]}")")** | |
| the same, CPU of a text, µs: WebhookApi + Postgres¹ | | ${costs[*]} |
| pgbench, 32 clients, a row of the inbox, one a transaction | $(median "${inserts[@]}") | ${inserts[*]} |
| **young database : pgbench** | **$(ratio "$(median "${few[@]}")" "$(median "${inserts[@]}")")** | |

¹ Including what the service does meanwhile with earlier texts, such as their analysis. CPU time depends less on other load than the rate does.
TEXT
