#!/usr/bin/env bash
# A Redis server of this machine in the place of a container.
#
#   local-redis.sh PORT EMBEDDED volume NAME | folder PATH | memory  [SECONDS CHANGES]
#       runs a server on localhost:PORT in the foreground: redis-server or valkey-server from PATH, else the embedded one,
#       whose assembly is EMBEDDED. Data are kept under NAME or in PATH, or are gone at the end; a snapshot is written after
#       SECONDS with at least CHANGES changes. The password comes from REDIS_PASSWORD; without one there is none.
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
  # One server per folder; the descriptor, and so the lock, goes on to the server. The one of an application that has
  # just been stopped may need a while.
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
  # Never relative to wherever this was started.
  printf 'dir %s\n' "$(quoted "${folder:-/tmp}")"
  if [[ $# -eq 2 ]]; then printf 'save %s %s\n' "$1" "$2"; else printf 'save ""\n'; fi
}

# The configuration comes by standard input: a password on the command line is everybody's to read. A here-document, so
# that exec makes this process the server.
settings=$(configuration "$@")
echo "Starting $server on port $port."
unset REDIS_PASSWORD
exec "$server" - <<< "$settings"
