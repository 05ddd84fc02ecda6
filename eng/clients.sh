#!/usr/bin/env bash
# Provides the programs that the stream tests need: the browser Chromium, the proxy nginx, and eventsource from npm. Installed programs are
# used. A missing program is downloaded from the Debian or Ubuntu packages, or from npm, into its own folder. Nothing is installed.
#
#   clients.sh get
#       downloads the missing programs.
#   clients.sh chromium | nginx
#       prints the path of the program.
#   clients.sh eventsource
#       prints the folder whose node_modules contains eventsource.
set -euo pipefail
umask 022

# The newest version that runs on Node.js 20.
eventsource=4.1.1

if [[ $EUID -eq 0 ]]; then cache=/var/cache/jackautomotive; else cache=${XDG_CACHE_HOME:-$HOME/.cache}/jackautomotive; fi

fail() {
  printf 'clients: %s\n' "$@" >&2
  exit 1
}

# Without a lock, two runs at once would unpack into the same folder.
lock() {
  mkdir -p "$cache"
  exec 9>"$cache/.clients-lock"
  if command -v flock >/dev/null; then flock 9; fi
}

# first NAME...: prints the path of the first installed program. Debian installs nginx in /usr/sbin, which is only on root's PATH.
first() {
  local name
  for name in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin type -P "$name" && return
  done
  return 1
}

chromium() {
  # Ubuntu's package chromium-browser contains no browser, only a hint to install the snap.
  first google-chrome-stable google-chrome chromium || from_debian chromium usr/lib/chromium/chromium
}

nginx() { first nginx || from_debian nginx usr/sbin/nginx; }

# from_debian PACKAGE PROGRAM: unpacks a package and its missing dependencies, and prints the path of a script that runs PROGRAM.
from_debian() {
  local package=$1 program=$2 folder=$cache/debian-$1
  if [[ ! -x $folder/run ]]; then
    command -v apt-get >/dev/null || fail "$package is missing. Install it, so that $(basename "$program") is on the PATH."
    lock
    [[ -x $folder/run ]] || unpack "$package" "$program" "$folder"
  fi
  printf '%s\n' "$folder/run"
}

# Unpacks completely or not at all, and runs no package scripts.
unpack() {
  local package=$1 program=$2 folder=$3 unpacked libraries
  unpacked=$(mktemp -d "$cache/.unpacking-XXXXXX")
  # shellcheck disable=SC2064 # expanded now: the name is local
  trap "rm -rf '$unpacked'" EXIT
  mkdir -p "$unpacked/archives/partial"
  if ! download "$package" "$unpacked/archives"; then
    # A new container has no package lists.
    [[ $EUID -ne 0 ]] || apt-get update -qq >&2 || true
    download "$package" "$unpacked/archives" || fail "$package is missing and could not be downloaded (see above)." \
      "Install it: apt-get update && apt-get install $package"
  fi
  for archive in "$unpacked"/archives/*.deb; do
    dpkg -x "$archive" "$unpacked"
    rm "$archive"
  done
  [[ -x $unpacked/$program ]] || fail "the package $package of this system does not contain $program." "Install $package in another way."
  # The list includes libraries in subfolders, which installed programs find by an absolute path.
  libraries=$(cd "$unpacked" && find . -path './*lib/*-linux-gnu/*' -name '*.so*' -printf "$folder/%h\n" | sed 's#/\./#/#' | sort -u | tr '\n' ':')
  libraries=${libraries%:}
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$folder/$program" >"$unpacked/run"
  chmod +x "$unpacked/run"
  rm -rf "$folder"
  mv "$unpacked" "$folder"
  trap - EXIT
}

# Needs no root rights, because it installs nothing and does not use the system's package cache.
download() {
  apt-get install --download-only --no-install-recommends -y -qq -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$2" "$1" >&2
}

eventsource() {
  local folder=$cache/eventsource-$eventsource unpacked
  if [[ ! -d $folder ]]; then
    command -v npm >/dev/null || fail 'npm is missing, from which eventsource comes.' 'Install Node.js 20 or newer with npm.'
    lock
    if [[ ! -d $folder ]]; then
      unpacked=$(mktemp -d "$cache/.unpacking-XXXXXX")
      # shellcheck disable=SC2064 # expanded now: the name is local
      trap "rm -rf '$unpacked'" EXIT
      npm install --prefix "$unpacked" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
        "eventsource@$eventsource" >&2 || fail "npm failed to install eventsource@$eventsource (its output is above)."
      mv "$unpacked" "$folder"
      trap - EXIT
    fi
  fi
  printf '%s\n' "$folder"
}

case ${1:-} in
  get)
    chromium
    nginx
    eventsource
    ;;
  chromium | nginx | eventsource) "$1" ;;
  *) fail "usage: clients.sh get | chromium | nginx | eventsource" ;;
esac
