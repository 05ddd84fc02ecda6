#!/usr/bin/env bash
# Measures the lead list, the search and the timeline with many leads and texts, beside reading one lead by its primary key.
# Usage: bench/leads/run.sh [requests per measurement, default 200] [leads, default 100000] [texts, default 2000000]
# The script starts its own Postgres and fills it, which takes some minutes. With BENCH_POSTGRES=postgres://user:password@host:port it creates a
# database on that server instead, and with BENCH_DATABASE=name it uses the database that an earlier run has filled there.
set -euo pipefail
bench=leads
source "$(dirname "$0")/../common.sh"
requests=${1:-200} leads=${2:-100000} texts=${3:-2000000}
postgres_port=5478 webhook_port=5479

require_free_ports $postgres_port $webhook_port
build_release "$root/JackAutomotive.WebhookApi" "$root/bench/leads/load"
if [[ -n ${BENCH_DATABASE:-} ]]; then
  [[ ${BENCH_POSTGRES:-} =~ ^postgres://([^:]+):([^@]+)@([^:]+):([0-9]+)$ ]] || fail "BENCH_DATABASE needs BENCH_POSTGRES=postgres://user:password@host:port."
  user=${BASH_REMATCH[1]} password=${BASH_REMATCH[2]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}
  database=$BENCH_DATABASE
  crm="Host=$host;Port=$port;Username=$user;Password=$password;Database=$database"
  start_webhook_api $webhook_port
else
  create_database $postgres_port
  start_webhook_api $webhook_port
  say "Creating $leads leads and $texts texts in the database $database..."
  PGPASSWORD=$password "$programs/psql" -h "$host" -p "$port" -U "$user" -qAtX -v ON_ERROR_STOP=1 -v leads="$leads" -v texts="$texts" \
    -d "$database" -f "$root/bench/leads/seed.sql" >/dev/null
  sql "$database" 'VACUUM ANALYZE'
  sql "$database" CHECKPOINT
fi

say "Measuring..."
echo
"$artifacts/bin/JackAutomotive.LeadsLoad/release/JackAutomotive.LeadsLoad" "http://localhost:$webhook_port" "$bench_key" "$crm" "$requests"
