#!/usr/bin/env bash
# Runs Redis as a local process instead of a container.
#
#   local-redis.sh PORT EMBEDDED volume NAME | folder PATH | memory  [SECONDS CHANGES]
#       runs a server on localhost:PORT in the foreground: redis-server or valkey-server from PATH, otherwise the embedded one,
#       whose assembly is EMBEDDED. The data is stored under NAME or in PATH, or only in memory. The server writes a snapshot after
#       SECONDS with at least CHANGES changes. REDIS_PASSWORD sets the password; if it is unset, the server needs no password.
set -euo pipefail
umask 077

fail() {
  printf 'redis: %s\n' "$@" >&2
  exit 1
}

port=$1 embedded=$2 kind=$3
shift 3
case $kind in
  volume)
    if [[ $EUID -eq 0 ]]; then state=/var/lib/jackautomotive; else state=${XDG_STATE_HOME:-$HOME/.local/state}/jackautomotive; fi
    folder=$state/volumes/$1
    shift
    ;;
  folder) folder=$1 && shift ;;
  memory) folder='' ;;
  *) fail "unknown kind of data folder: $kind" ;;
esac

if [[ -n $folder ]]; then
  mkdir -p "$folder"
  # Allows one server per folder. The server inherits the descriptor and with it the lock. The server of an application that was just
  # stopped may need a while to end.
  if command -v flock > /dev/null; then
    exec 9> "$folder/lock"
    flock -n 9 || {
      printf 'Another server still uses %s; waiting for it to stop.\n' "$folder"
      flock -w 40 9 || fail "another Redis server still uses the data in $folder." \
        'Stop the application that runs it, then start this resource again.'
    }
  fi
fi

if ! server=$(command -v redis-server || command -v valkey-server); then
  [[ -f $embedded ]] || fail "neither redis-server nor valkey-server is on PATH, and the embedded server was not built ($embedded)." \
    'Build the solution, or install one (Debian, Ubuntu: apt-get install redis-server), then start this resource again.'
  echo 'Neither redis-server nor valkey-server is on PATH; starting the embedded Garnet.'
  exec "${DOTNET_HOST_PATH:-dotnet}" "$embedded" "$port" ${folder:+"$folder"}
fi

quoted() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

configuration() {
  printf 'port %s\nbind 127.0.0.1 -::1\ndaemonize no\nappendonly no\n' "$port"
  if [[ -n ${REDIS_PASSWORD:-} ]]; then printf 'requirepass %s\n' "$(quoted "$REDIS_PASSWORD")"; fi
  # An absolute path, independent of the folder in which the script was started.
  printf 'dir %s\n' "$(quoted "${folder:-/tmp}")"
  if [[ $# -eq 2 ]]; then printf 'save %s %s\n' "$1" "$2"; else printf 'save ""\n'; fi
}

# The server reads the configuration from standard input, because every user can read a password on a command line. A here-string is used, so
# that exec replaces this process with the server.
settings=$(configuration "$@")
echo "Starting $server on port $port."
unset REDIS_PASSWORD
exec "$server" - <<< "$settings"
