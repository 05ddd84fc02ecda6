# Sourced by the benchmarks. Starts servers, databases and services for a benchmark and stops all of them when the script ends.
# Input: $bench, the name of the benchmark. Output, besides that of eng/prepare.sh: $programs, the folder of the Postgres programs.
source "$(dirname "${BASH_SOURCE[0]}")/../eng/prepare.sh"

started=()
cleanup() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill -CONT "${started[i]}" 2>/dev/null || true
    kill -TERM "${started[i]}" 2>/dev/null || true
    wait "${started[i]}" 2>/dev/null || true
  done
}
trap cleanup EXIT

# stop PID...: stops processes before the end of the script and removes them from $started.
stop() {
  local process i
  for process in "$@"; do
    kill -TERM "$process" 2>/dev/null || true
    for _ in {1..50}; do kill -0 "$process" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    for i in "${!started[@]}"; do [[ ${started[i]} != "$process" ]] || unset "started[i]"; done
  done
  started=("${started[@]}")
}

require_free_ports() {
  local port
  for port in "$@"; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || fail "port $port is in use, perhaps by another run of this benchmark."
  done
}

# build_release PROJECT...
build_release() {
  local project
  prepare >/dev/null
  programs=$(postgres_programs)
  say "Building..."
  for project in "$@"; do
    dotnet build "$project" -c Release -nologo -v quiet -tl:off "-clp:ErrorsOnly;NoSummary" -nodeReuse:false >"$artifacts/$bench-build.txt" ||
      { cat "$artifacts/$bench-build.txt" >&2; fail "the build failed."; }
  done
}

# create_database PORT: starts a Postgres on PORT, or uses the server in BENCH_POSTGRES (postgres://user:password@host:port), and creates a
# database there. Sets $database and $crm (the connection string); sql works from then on.
create_database() {
  if [[ -z ${BENCH_POSTGRES:-} ]]; then
    start_postgres "$1" bench
    started+=("$postgres")
    BENCH_POSTGRES=postgres://postgres:bench@localhost:$1
  fi
  [[ $BENCH_POSTGRES =~ ^postgres://([^:]+):([^@]+)@([^:]+):([0-9]+)$ ]] || fail "BENCH_POSTGRES must be postgres://user:password@host:port."
  user=${BASH_REMATCH[1]} password=${BASH_REMATCH[2]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}
  database=${bench}_bench_$$
  crm="Host=$host;Port=$port;Username=$user;Password=$password;Database=$database"
  for _ in {1..50}; do sql postgres 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.1; done
  sql postgres "CREATE DATABASE $database"
  [[ $(sql "$database" 'SHOW fsync') == on && $(sql "$database" 'SHOW synchronous_commit') == on ]] || fail "the server must fsync its commits."
}

# sql DATABASE STATEMENT
sql() { PGPASSWORD=$password "$programs/psql" -h "$host" -p "$port" -U "$user" -qAtX -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

# The API key of WebhookApi, which refuses a short one in production.
bench_key=bench-key-long-enough-for-production

# start_webhook_api PORT NAME=VALUE...: starts WebhookApi as in production, with the database $crm, and waits until it answers.
start_webhook_api() {
  local webhook_port=$1
  cd "$artifacts/bin/JackAutomotive.WebhookApi/release"
  env ASPNETCORE_ENVIRONMENT=Production ASPNETCORE_URLS="http://localhost:$webhook_port" ConnectionStrings__crm="$crm" \
    ConnectionStrings__redis=localhost:1 TWILIO_AUTH_TOKEN=bench-token ELEVENLABS_POST_CALL_WEBHOOK_SECRET=bench \
    JACK_API_KEY=$bench_key JACK_DATA_FOLDER="$artifacts/$bench-data" "${@:2}" ./JackAutomotive.WebhookApi >"$artifacts/$bench-webhook-api.txt" 2>&1 &
  started+=($!)
  until curl -fs -o /dev/null "http://localhost:$webhook_port/alive"; do
    kill -0 "${started[-1]}" 2>/dev/null || { cat "$artifacts/$bench-webhook-api.txt" >&2; fail "WebhookApi ended."; }
    sleep 0.1
  done
}

# start_realtime PORT [NAME=VALUE...]: starts Realtime as in production, with the database $crm and the Redis on $redis_port, and waits
# until it is healthy. $pin is the command prefix. The process is the last in $started. Readers need the key $bench_key, which WebhookApi
# has stored in the database.
start_realtime() {
  local realtime_port=$1
  cd "$artifacts/bin/JackAutomotive.Realtime/release"
  env ASPNETCORE_ENVIRONMENT=Production ASPNETCORE_URLS="http://127.0.0.1:$realtime_port" ConnectionStrings__crm="$crm" \
    DOTNET_GCgen0size=80000 ConnectionStrings__redis="127.0.0.1:$redis_port" "${@:2}" ${pin[@]+"${pin[@]}"} ./JackAutomotive.Realtime \
    >"$artifacts/$bench-realtime-$realtime_port.txt" 2>&1 &
  started+=($!)
  until curl -fs -o /dev/null "http://127.0.0.1:$realtime_port/health"; do
    kill -0 "${started[-1]}" 2>/dev/null || { cat "$artifacts/$bench-realtime-$realtime_port.txt" >&2; fail "Realtime ended."; }
    sleep 0.1
  done
}

# cpu PID: prints the CPU time in milliseconds of the process and its children, including ended children.
cpu() {
  local process total=0
  for process in "$1" $(pgrep -P "$1"); do
    total=$((total + $(sed 's/.*) //' "/proc/$process/stat" | awk -v root=$((process == $1)) '{ print ($12 + $13 + (root ? $14 + $15 : 0)) * 10 }')))
  done
  echo $total
}
