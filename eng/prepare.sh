# Sourced by run.sh and test.sh. Provides everything that a new machine needs before the first build, and skips the steps that are done.
# Output: $root is the repository, $servers is the folder of the scripts that run its servers, and $artifacts is the folder of build output.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
artifacts=$root/artifacts
servers=$root/JackAutomotive.AppHost/LocalServers
mkdir -p "$artifacts"

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

require_dotnet() {
  command -v dotnet >/dev/null || fail "no 'dotnet' on the PATH: install the .NET 10 SDK."
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "the SDK that global.json asks for is not installed: install the .NET 10 SDK. 'dotnet --list-sdks' shows what is there."
}

# Builds, unless no source has changed since the last build.
build() {
  local what=$1 stamp=$artifacts/built-$2 started=$SECONDS
  if [[ -f $stamp && -z $(newer_sources "$stamp") ]]; then
    say "Build is up to date."
    return
  fi

  say "Building $what..."
  rm -f "$stamp"
  touch "$artifacts/build-started"
  dotnet build "$root/$what" -nologo -v quiet -tl:off -clp:ErrorsOnly -nodeReuse:false >"$artifacts/build.txt" ||
    { cat "$artifacts/build.txt" >&2; fail "the build failed; the lines above say where."; }
  mv "$artifacts/build-started" "$stamp"
  say "Built in $((SECONDS - started)) s."
}

newer_sources() {
  find "$root" \( -path "$artifacts" -o -path "$root/.git" -o -path "$root/docs" -o -path "$root/bench" -o -name node_modules \) -prune -o \
    -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.sql' -o -name '*.proto' \
    -o -name '*.json' -o -name '*.sh' -o -name '*.sln' -o -name '.editorconfig' -o -name '*.html' -o -name '*.js' -o -name '*.txt' \) \
    -newer "$1" -print -quit
}

prepare() {
  require_dotnet
  local postgres
  postgres=$("$servers/local-postgres.sh" get) || exit
  say "PostgreSQL: $postgres"
  say "Redis: $(command -v redis-server || command -v valkey-server || echo 'none on PATH; the embedded Garnet is used')"
}

# start_postgres PORT PASSWORD: starts a server with an empty temporary data folder, with synchronous and fsynced commits as in production.
# Sets $postgres to the process id; the caller stops the process.
start_postgres() {
  POSTGRES_USER=postgres POSTGRES_PASSWORD=$2 "$servers/local-postgres.sh" run "$1" temporary \
    >"$artifacts/postgres-$1.txt" 2>&1 &
  postgres=$!
  for _ in {1..300}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$postgres" 2>/dev/null || { cat "$artifacts/postgres-$1.txt" >&2; fail "Postgres did not start."; }
    sleep 0.1
  done
  fail "Postgres did not answer on port $1."
}

# start_redis PORT: starts an empty server, redis-server or valkey-server from PATH, otherwise the embedded one. Sets $redis to the process
# id.
start_redis() {
  local project=JackAutomotive.EmbeddedRedis
  if ! command -v redis-server >/dev/null && ! command -v valkey-server >/dev/null; then
    dotnet build "$root/tools/$project" -c Release -nologo -v quiet -tl:off "-clp:ErrorsOnly;NoSummary" -nodeReuse:false || fail "the build failed."
  fi
  "$servers/local-redis.sh" "$1" "$artifacts/bin/$project/release/$project.dll" memory >"$artifacts/redis-$1.txt" 2>&1 &
  redis=$!
  for _ in {1..300}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$redis" 2>/dev/null || { cat "$artifacts/redis-$1.txt" >&2; fail "Redis did not start."; }
    sleep 0.1
  done
  fail "Redis did not answer on port $1."
}

# Prints the folder of the Postgres programs, which include psql and pgbench.
postgres_programs() { "$servers/local-postgres.sh" get; }
