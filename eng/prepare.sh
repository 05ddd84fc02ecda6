# Sourced by run.sh and test.sh: everything a fresh machine needs before the first build, and nothing twice.
# Afterwards: $root is the repository, $build_flags go with every dotnet command, and the prerequisites are there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
artifacts=$root/artifacts
mkdir -p "$artifacts"

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

require_dotnet() {
  command -v dotnet >/dev/null || fail "no 'dotnet' on the PATH: install the .NET 10 SDK."
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "the SDK that global.json asks for is not installed: install the .NET 10 SDK. 'dotnet --list-sdks' shows what is there."
}

# Asks the package feed, once, whether it has the Aspire packages. A 'no' is remembered; an unreachable feed is not.
choose_packages() {
  local answer=$artifacts/aspire-from-feed probe=$artifacts/feed-probe output
  if [[ ! -s $answer ]]; then
    say "Asking the package feed for Aspire..."
    mkdir -p "$probe"
    # Not below Directory.Build.props' reach: the probe stands alone, so it sets what it needs.
    cat >"$probe/probe.csproj" <<XML
<Project>
  <PropertyGroup>
    <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
    <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
    <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
  </PropertyGroup>
  <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Aspire.Hosting.AppHost" Version="[$(aspire_version)]" /></ItemGroup>
  <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
</Project>
XML
    if output=$(dotnet restore "$probe/probe.csproj" 2>&1); then
      echo yes >"$answer"
    elif grep -qE 'NU1101|NU1102' <<<"$output"; then
      echo no >"$answer"
    else
      say "The feed did not answer; going on with the stand-ins under compat/."
      build_flags=(-p:UseCompat=true)
      return
    fi
  fi

  if [[ $(<"$answer") == yes ]]; then
    build_flags=(-p:UseCompat=false)
  else
    build_flags=(-p:UseCompat=true)
  fi
}

aspire_version() { sed -n 's:.*<AspireVersion[^>]*>\([^<]*\)</AspireVersion>.*:\1:p' "$root/Directory.Build.props"; }

# Builds unless nothing that goes into the build has changed since the last time.
build() {
  local what=$1 stamp=$artifacts/built-$2 started=$SECONDS
  if [[ -f $stamp && $(<"$stamp") == "${build_flags[*]}" ]] && [[ -z $(newer_sources "$stamp") ]]; then
    say "Build is up to date."
    return
  fi

  say "Building $what..."
  rm -f "$stamp"
  touch "$artifacts/build-started"
  dotnet build "$root/$what" "${build_flags[@]}" -nologo -v quiet -tl:off "-clp:ErrorsOnly;NoSummary" -nodeReuse:false || fail "the build failed; the lines above say where."
  echo "${build_flags[*]}" >"$stamp"
  touch -r "$artifacts/build-started" "$stamp"
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
  choose_packages
  if [[ ${build_flags[*]} == *UseCompat=true* ]]; then
    "$root/compat/setup.sh"
  fi
}

# start_postgres PORT PASSWORD: a server with an empty temporary data folder, synchronous and fsynced as in production, until this script
# ends. Its process is in $postgres.
start_postgres() {
  POSTGRES_USER=postgres POSTGRES_PASSWORD=$2 "$root/compat/Aspire.Hosting.PostgreSQL/local-postgres.sh" run "$1" temporary \
    >"$artifacts/postgres-$1.txt" 2>&1 &
  postgres=$!
  for _ in {1..300}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$postgres" 2>/dev/null || { cat "$artifacts/postgres-$1.txt" >&2; fail "Postgres did not start."; }
    sleep 0.1
  done
  fail "Postgres did not answer on port $1."
}

# start_redis PORT: a server without data, redis-server or valkey-server from PATH, else the embedded one. Its process is in $redis.
start_redis() {
  local embedded=$root/compat/Aspire.Hosting.Redis.Garnet program=$artifacts/bin/Aspire.Hosting.Redis.Garnet/release/local-garnet.dll
  if ! command -v redis-server >/dev/null && ! command -v valkey-server >/dev/null; then
    dotnet build "$embedded" -c Release "${build_flags[@]}" -nologo -v quiet -tl:off "-clp:ErrorsOnly;NoSummary" -nodeReuse:false || fail "the build failed."
  fi
  "$root/compat/Aspire.Hosting.Redis/local-redis.sh" "$1" "$program" memory >"$artifacts/redis-$1.txt" 2>&1 &
  redis=$!
  for _ in {1..300}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$redis" 2>/dev/null || { cat "$artifacts/redis-$1.txt" >&2; fail "Redis did not start."; }
    sleep 0.1
  done
  fail "Redis did not answer on port $1."
}

# The folder of the server's programs, psql and pgbench among them.
postgres_programs() { "$root/compat/Aspire.Hosting.PostgreSQL/local-postgres.sh" find; }
