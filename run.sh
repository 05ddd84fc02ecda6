#!/usr/bin/env bash
# Starts the whole system and stays in the foreground. Ctrl+C stops the whole system.
set -euo pipefail
began=$(date +%s.%N)
source "$(dirname "$0")/eng/prepare.sh"

dashboard_port=18888 webhook_port=5100 realtime_port=5200 simulator_port=5300
startup_limit=120 # seconds, from the start of the AppHost

prepare
build JackAutomotive.AppHost apphost

port_is_held() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# After a stop, the orchestrator needs up to 30 s to free its ports.
wait_for_ports() {
  local port waited=0
  for port in $dashboard_port $webhook_port $realtime_port $simulator_port; do
    while port_is_held "$port"; do
      ((waited == 0)) && say "Port $port is still held, waiting for an earlier run to end..."
      ((waited++ < 30)) || fail "port $port is in use$(holder_of "$port"). Stop that program, or the earlier ./run.sh, and run this again."
      sleep 1
    done
  done
}

holder_of() {
  command -v ss >/dev/null || return 0
  ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (process \2)/p' | head -n 1
}

wait_for_ports

# Each checkout keeps one key, so that the commands printed below stay valid.
if [[ -z ${JACK_API_KEY:-} ]]; then
  key_file=$artifacts/development-api-key
  [[ -s $key_file ]] || (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' | sed 's/^/jack_dev_/' >"$key_file")
  JACK_API_KEY=$(<"$key_file")
fi
export JACK_API_KEY

# The same decision as in the AppHost.
simulated=yes
case ${JACK_PROVIDERS:-} in
  real) simulated= ;;
  '') [[ -z ${TWILIO_ACCOUNT_SID:-} || -z ${ELEVENLABS_API_KEY:-} ]] || simulated= ;;
esac

log=$artifacts/apphost.log
: >"$log"
say "Starting; the AppHost's own log is artifacts/apphost.log."
dotnet run --project "$root/JackAutomotive.AppHost" --no-build >"$log" 2>&1 &
apphost=$!
launched=$SECONDS

# Prints the ids of the orchestrator's processes, which detach from the AppHost, watch the AppHost and end after it.
orchestrator() {
  local program server controllers
  program=$(pgrep -P "$apphost") || return 0 # "dotnet run" started it.
  server=$(pgrep -f "dcp start-apiserver --monitor $program ") || return 0
  controllers=$(pgrep -f "dcp run-controllers .*--monitor $server ") || return 0
  printf '%s ' "$server" "$controllers" $(pgrep -f "dcp monitor-process .*--monitor $controllers ")
}

# The signal is sent first, because printing fails when the terminal is gone.
stop() {
  trap '' INT TERM HUP EXIT
  set +e
  local left
  left=$(orchestrator)
  kill -TERM "$apphost" 2>/dev/null
  say "Stopping..."
  wait "$apphost" 2>/dev/null
  for _ in {1..160}; do
    # shellcheck disable=SC2086 # a list of process ids
    [[ -n $left ]] && kill -0 $left 2>/dev/null || break
    sleep 0.25
  done
  say "Stopped."
  exit 0
}
trap stop INT TERM HUP
trap 'kill -TERM "$apphost" 2>/dev/null || true' EXIT

is_healthy() { curl -fs -o /dev/null --max-time 2 "http://localhost:$1/health"; }
all_healthy() {
  local port
  for port in $webhook_port $realtime_port; do is_healthy "$port" || return 1; done
  [[ -z $simulated ]] || is_healthy $simulator_port
}

headline=
until all_healthy; do
  kill -0 "$apphost" 2>/dev/null || { tail -n 30 "$log" >&2; fail "the AppHost ended; the lines above are the end of artifacts/apphost.log."; }
  if grep -q '/login?t=' "$log" && missing=$(grep -oE 'Missing settings: [A-Z0-9_, ]+' "$log"); then
    headline="$missing. Open the dashboard, which asks for them; webhook-api and realtime start as soon as they are there."
    break
  fi
  if ended=$(grep -oE '[a-z-]+ has ended \(.*' "$log"); then
    headline=$(printf 'Not everything started:\n%s' "$ended")
    break
  fi
  ((SECONDS - launched < startup_limit)) || { headline="Not everything is healthy after $startup_limit s: the dashboard shows what is not, and why."; break; }
  sleep 0.2
done
login=$(grep -oE 'http://localhost:[0-9]+/login\?t=[^ ]+' "$log" | head -n 1 || true)

cat <<TEXT

${headline:-Everything is running and healthy after $(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }') s.}

  dashboard            ${login:-http://localhost:$dashboard_port}
  webhook-api          http://localhost:$webhook_port
  realtime             http://localhost:$realtime_port   (two replicas)
${simulated:+  provider-simulator   http://localhost:$simulator_port

Send a text, as a customer would:
  curl -X POST http://localhost:$simulator_port/commands/send-text
}
Watch the newest lead, live, in a browser: http://localhost:$realtime_port/watch
or here (again with Last-Event-ID: 0 for its whole history):
  key=$JACK_API_KEY
  lead=\$(curl -s -H "Authorization: Bearer \$key" 'http://localhost:$webhook_port/api/leads' | grep -oE '[0-9a-f-]{36}' | head -n 1)
  curl -N -H "Authorization: Bearer \$key" http://localhost:$realtime_port/api/stream/conversation/\$lead

Ctrl+C stops everything.
TEXT

wait "$apphost" || true
tail -n 20 "$log" >&2
fail "the AppHost ended by itself."
