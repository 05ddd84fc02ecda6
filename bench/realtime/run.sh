#!/usr/bin/env bash
# Measures streams to thousands of readers, for the product and for other servers, one after the other. The server and Redis run on one
# core, the readers and the publisher on another.
# Usage: bench/realtime/run.sh [peer...]   of: ours nchan naive better-sse pushpin (default: all whose programs are installed)
#   SCEN="fan-sat fan-paced many idle storm storm-elsewhere slow"   scenarios, see bench/realtime/load/Scenario.cs; also each-sat
#   TRIES=3 QUIET=5   repeats a measurement up to TRIES times until other processes use at most QUIET % of the CPU; the
#                     table shows the quietest run
#   OUT=FILE   appends results to FILE, one line of JSON each, so that one table can show several runs
#   SERVER_CPU=0 LOAD_CPU=1
# Requires two cores and redis-server on the PATH. nchan requires nginx-light and libnginx-mod-nchan, better-sse requires node and npm,
# pushpin requires pushpin.
# The script starts its own Postgres. With BENCH_POSTGRES=postgres://user:password@host:port it creates a database on that server instead.
set -euo pipefail
bench=realtime
source "$(dirname "$0")/../common.sh"
peers=("$@")
[[ ${#peers[@]} -gt 0 ]] || peers=(ours nchan naive better-sse pushpin)
SCEN=${SCEN:-fan-sat fan-paced many idle storm storm-elsewhere slow} TRIES=${TRIES:-3} QUIET=${QUIET:-5}
SERVER_CPU=${SERVER_CPU:-0} LOAD_CPU=${LOAD_CPU:-1}
OUT=$(realpath "${OUT:-$artifacts/realtime-$(date +%Y%m%dT%H%M%S).jsonl}")
postgres_port=5491 redis_port=5492 server_port=5493 other_port=5494 webhook_port=5495 extra_port=5496
folder=$root/bench/realtime work=$artifacts/realtime-peers
pin=(taskset -c "$SERVER_CPU")
load=(taskset -c "$LOAD_CPU" "$artifacts/bin/JackAutomotive.RealtimeLoad/release/JackAutomotive.RealtimeLoad")

command -v redis-server >/dev/null || fail "redis-server is required: put it on the PATH."
taskset -c "$SERVER_CPU,$LOAD_CPU" true || fail "two cores are required."
ulimit -n "$(ulimit -Hn)"
[[ $(ulimit -n) -ge 12000 ]] || fail "10,000 connections need more open files than $(ulimit -n)."

require_free_ports $redis_port $server_port $other_port $webhook_port $extra_port
build_release "$folder/load" "$folder/peers/naive" "$root/JackAutomotive.Realtime" "$root/JackAutomotive.WebhookApi"
mkdir -p "$work"

wait_for_port() {
  for _ in {1..100}; do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done
  fail "nothing listens on port $1."
}

# start_pinned NAME PROGRAM ARGUMENT...
start_pinned() {
  "${pin[@]}" "${@:2}" >"$artifacts/realtime-$1.txt" 2>&1 &
  started+=($!)
}

redis=(redis-server --port $redis_port --bind 127.0.0.1 --save '' --appendonly no --daemonize no)
start_pinned_redis() {
  start_pinned redis "${redis[@]}"
  wait_for_port $redis_port
  redis_id=${started[-1]}
}

# configure FILE: copies a configuration and replaces the placeholders between @ signs.
configure() {
  sed -e "s#@FOLDER@#$work#g; s#@USER@#$(id -un)#g; s#@PORT@#$server_port#g; s#@ORIGIN_PORT@#$other_port#g; s#@PUSH_PORT@#$extra_port#g" \
    "$folder/peers/$1" >"$work/$(basename "$1")"
}

# Creates the leads that streams read, an API key and an empty log.
prepare_leads() {
  [[ -z ${crm:-} ]] || { sql "$database" 'SET client_min_messages = warning; TRUNCATE lead_events CASCADE; UPDATE leads SET last_seq = 0 WHERE last_seq > 0'; return; }
  create_database $postgres_port
  start_webhook_api $webhook_port
  until curl -fs -o /dev/null "http://localhost:$webhook_port/health"; do sleep 0.1; done
  stop "${started[-1]}"
  sql "$database" "
    INSERT INTO leads (id, phone, last_seq, created_at, updated_at)
      SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, '+1' || (2020000000 + i), 0, now(), now()
      FROM generate_series(0, 19999) AS i;
    ANALYZE"
  postgres_id=$(head -1 "$(sql "$database" 'SHOW data_directory')/postmaster.pid" 2>/dev/null || true)
}

# All readers use one key. By default, one key may hold at most half of an instance's connections.
limits=(Realtime__MaxConnectionsPerKey=20000)

# One function for each peer: starts the peer and fills $arguments, or lists the missing programs in $missing.
start_ours() {
  prepare_leads
  start_pinned_redis
  start_realtime $server_port "${limits[@]}"
  local ids=${started[-1]} path='/api/stream/conversation/{lead}'
  arguments=(--stream "http://127.0.0.1:$server_port$path" --header "Authorization: Bearer $bench_key" --redis "127.0.0.1:$redis_port"
    --as-product true --redis-ids "$redis_id" --log-ids "${postgres_id:-}")
  # In scenarios with resuming, streams resume from the log.
  case $1 in storm | storm-elsewhere | slow) arguments+=(--log "$crm") ;; esac
  if [[ $1 == storm-elsewhere ]]; then
    start_realtime $other_port "${limits[@]}"
    ids+=,${started[-1]}
    arguments+=(--stream "http://127.0.0.1:$other_port$path"
      --between "kill -KILL $redis_id; ${pin[*]} ${redis[*]@Q} >'$artifacts/realtime-redis.txt' 2>&1 & echo \$! >'$work/redis.pid'; sleep 0.5")
  fi
  arguments+=(--server-ids "$ids")
}

start_nchan() {
  missing=$(command -v nginx >/dev/null || echo nginx; [[ -f /usr/lib/nginx/modules/ngx_nchan_module.so ]] || echo libnginx-mod-nchan)
  [[ -z $missing && $1 != storm-elsewhere ]] || return 0
  configure nchan/nginx.conf
  start_pinned nchan nginx -p "$work" -c "$work/nginx.conf"
  wait_for_port $server_port
  arguments=(--stream "http://127.0.0.1:$server_port/stream/{lead}" --post "http://127.0.0.1:$server_port/publish/{lead}" --server-ids "${started[-1]}")
}

start_naive() {
  [[ $1 != storm-elsewhere ]] || return 0
  start_pinned_redis
  start_pinned naive env ASPNETCORE_URLS="http://127.0.0.1:$server_port" Redis="127.0.0.1:$redis_port" \
    "$artifacts/bin/JackAutomotive.NaivePeer/release/JackAutomotive.NaivePeer"
  wait_for_port $server_port
  arguments=(--stream "http://127.0.0.1:$server_port/stream/{lead}" --redis "127.0.0.1:$redis_port" --redis-ids "$redis_id" --server-ids "${started[-1]}")
}

start_better-sse() {
  missing=$(command -v node >/dev/null || echo node; command -v npm >/dev/null || echo npm)
  [[ -z $missing && $1 != storm-elsewhere ]] || return 0
  mkdir -p "$work/better-sse"
  cp "$folder"/peers/better-sse/* "$work/better-sse"
  [[ -d $work/better-sse/node_modules/better-sse ]] ||
    (cd "$work/better-sse" && npm install --no-package-lock --no-audit --no-fund >"$artifacts/realtime-npm.txt" 2>&1) || { missing='its npm packages'; return 0; }
  start_pinned_redis
  start_pinned better-sse env PORT=$server_port REDIS="redis://127.0.0.1:$redis_port" node "$work/better-sse/server.js"
  wait_for_port $server_port
  arguments=(--stream "http://127.0.0.1:$server_port/stream/{lead}" --redis "127.0.0.1:$redis_port" --redis-ids "$redis_id" --server-ids "${started[-1]}")
}

start_pushpin() {
  missing=$(for program in pushpin zurl condure nginx; do command -v $program >/dev/null || echo $program; done)
  [[ -z $missing && $1 != storm-elsewhere ]] || return 0
  mkdir -p "$work/run" "$work/log"
  configure pushpin/origin.conf
  configure pushpin/pushpin.conf
  echo "* 127.0.0.1:$other_port" >"$work/routes"
  sed -e 's/^deny=.*/deny=/; s/^max_open_requests=.*/max_open_requests=10000/' /etc/zurl.conf >"$work/zurl.conf"
  start_pinned origin nginx -p "$work" -c "$work/origin.conf"
  wait_for_port $other_port
  start_pinned zurl zurl --config="$work/zurl.conf"
  local zurl=${started[-1]}
  start_pinned pushpin pushpin --config="$work/pushpin.conf"
  wait_for_port $server_port
  wait_for_port $extra_port
  sleep 1
  # Pushpin answers 502 when more than about 100 clients connect at the same time.
  arguments=(--stream "http://127.0.0.1:$server_port/stream/{lead}" --post "http://127.0.0.1:$extra_port/publish/"
    --post-body '{"items":[{"channel":"{lead}","formats":{"http-stream":{"content":"data: {message}\n\n"}}}]}'
    --open-at-once 64 --reopen-at-once 64 --server-ids "${started[-1]},$zurl")
}

declare -A skipped=()

# measure PEER SCENARIO
measure() {
  local line foreign
  local -i before
  [[ -z ${skipped[$1]:-} ]] || return 0
  [[ $1 != ours || -n ${crm:-} ]] || prepare_leads
  before=${#started[@]}
  for ((try = 1; try <= TRIES; try++)); do
    arguments=() missing=
    "start_$1" "$2"
    [[ -z $missing ]] || { say "$1 is skipped, missing:" $missing; skipped[$1]=yes; return; }
    [[ ${#arguments[@]} -gt 0 ]] || return 0
    line=$(timeout 180 "${load[@]}" --peer "$1" --scenario "$2" "${arguments[@]}") || line=
    stop "${started[@]:before}"
    if [[ -s $work/redis.pid ]]; then
      kill "$(<"$work/redis.pid")" 2>/dev/null || true
      rm "$work/redis.pid"
      sleep 0.5
    fi
    [[ -n $line ]] || { say "$1 $2: no result"; continue; }
    echo "$line" | tee -a "$OUT"
    foreign=$(sed 's/.*"foreign_percent":\([0-9.]*\).*/\1/' <<<"$line")
    ! awk -v f="$foreign" -v q="$QUIET" 'BEGIN { exit !(f <= q) }' || return 0
  done
}

for scenario in $SCEN; do
  for peer in "${peers[@]}"; do
    [[ $(type -t "start_$peer") == function ]] || fail "no such peer: $peer"
    measure "$peer" "$scenario"
  done
done
"${load[@]}" table "$OUT"
