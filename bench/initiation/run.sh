#!/usr/bin/env bash
# Measures how long a caller waits for the answer to conversation-initiation, with 100 calls per second and 100,000 leads in the database:
# while Postgres works, while Postgres hangs, and while Postgres is down.
# Usage: bench/initiation/run.sh [seconds per measurement, default 20] [calls per second, default 100] [leads, default 100000]
# The script starts its own Postgres.
set -euo pipefail
bench=initiation
source "$(dirname "$0")/../common.sh"
seconds=${1:-20} rate=${2:-100} leads=${3:-100000}
postgres_port=5484 webhook_port=5485
unset BENCH_POSTGRES
url=http://localhost:$webhook_port/api/webhooks/elevenlabs/conversation-initiation

require_free_ports $postgres_port $webhook_port
build_release "$root/JackAutomotive.WebhookApi" "$root/bench/initiation/load"
create_database $postgres_port
start_webhook_api $webhook_port ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET=bench-secret

say "Seeding $leads leads with texts and calls..."
sql "$database" "
  INSERT INTO leads (id, phone, name, last_seq, created_at, updated_at)
    SELECT gen_random_uuid(), '+1' || (2020000000 + i), 'Lead ' || i, 0, now(), now() FROM generate_series(0, $leads - 1) AS i;
  INSERT INTO lead_addresses (kind, address, lead_id, created_at) SELECT 'phone', phone, id, created_at FROM leads;
  INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at)
    SELECT gen_random_uuid(), leads.id, CASE n % 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END, 'SM' || gen_random_uuid(), phone, '+12025550100',
      'Hello, is the blue pickup from your website still there? I could come by on Saturday morning.', now() - n * interval '1 day'
    FROM leads, generate_series(1, 10) AS n;
  INSERT INTO conversations (conversation_id, lead_id, matched_by, call_sid, status, started_at, summary, analysed_at, created_at, updated_at)
    SELECT 'conv_' || gen_random_uuid(), leads.id, 'phone', 'CA' || gen_random_uuid(), 'done', now() - n * interval '1 day',
      'The customer asked for the blue pickup and wants to come by on Saturday.', now(), now() - n * interval '1 day', now()
    FROM leads, generate_series(1, 2) AS n;
  ANALYZE" >/dev/null
sql "$database" 'CHECKPOINT'

ask() { "$artifacts/bin/JackAutomotive.InitiationLoad/release/JackAutomotive.InitiationLoad" "$url" bench-secret "$leads" "$1" "$rate"; }
row() { read -r p50 p99 longest answers <<<"$2"; echo "| $1 | $p50 | $p99 | $longest | $answers |"; }

say "Warming up..."
ask 10 >/dev/null
say "Measuring..."
up=$(ask "$seconds")

# Stopping every process of the server keeps the connections open while nothing answers.
server=$(head -1 "$(sql "$database" 'SHOW data_directory')/postmaster.pid")
kill -STOP "$server" $(pgrep -P "$server")
hanging=$(ask 5)
kill -CONT "$server" $(pgrep -P "$server")
sleep 2
kill -INT "$server"
while kill -0 "$server" 2>/dev/null; do sleep 0.1; done
gone=$(ask 5)

cat <<TEXT

| $rate calls a second, $leads leads with 10 texts and 2 calls each | p50 ms | p99 ms | longest ms | answers |
|---|---|---|---|---|
$(row "**Postgres there**, $seconds s" "$up")
$(row "Postgres hangs, 5 s" "$hanging")
$(row "Postgres gone, 5 s" "$gone")
TEXT
