#!/usr/bin/env bash
# The state store and ctl with 100,000 connections of ten gateways, measured in a private PostgreSQL with its default settings and in
# SQLite; then, for PostgreSQL, what its own statistics say of the statements.
#
#   tests/Benchmarks/state.sh [--prepared] [postgres|sqlite]…
#
#   --prepared   use the benchmarks' build and out/sshgatewayctl as they are; ctl is left out where it has not been built
#
# Everything is in a temporary folder, listens on a socket there, and ends with the script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

prepared=0 stores=()
for argument in "$@"; do
  case "$argument" in
    --prepared) prepared=1 ;;
    postgres | sqlite) stores+=("$argument") ;;
    *) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
done
[ ${#stores[@]} -gt 0 ] || stores=(postgres sqlite)

if [ $prepared = 0 ]; then
  (cd "$root" && ./build.sh)
  dotnet build "$here" -c Release --nologo -v quiet -clp:ErrorsOnly
fi

folder=$(mktemp -d)
server=
stop() {
  if [ -n "$server" ]; then
    kill -INT "$server" 2>/dev/null || true
    while kill -0 "$server" 2>/dev/null; do sleep 0.1; done
  fi
  rm -rf "$folder"
}
trap stop EXIT

start_postgres() {
  local bin as=() owner
  bin=$(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -n 1)")
  if [ "$(id -u)" -eq 0 ]; then
    owner=$(id -u postgres 2>/dev/null || id -u nobody)
    as=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
    chown "$owner" "$folder"
  fi
  (cd / && "${as[@]}" "$bin/initdb" -D "$folder/data" -U bench -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
  (cd / && exec "${as[@]}" "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= \
    -c shared_preload_libraries=pg_stat_statements >"$folder/log" 2>&1 </dev/null) &
  server=$!
  until "$bin/pg_isready" -q -h "$folder"; do sleep 0.1; done
  psql -X -q -h "$folder" -U bench -d postgres -c 'create database bench'
  psql -X -q -h "$folder" -U bench -d bench -c 'create extension pg_stat_statements'
}

measure() { # database
  printf 'listen: ["127.0.0.1:1"]\nstate_dir: "%s"\nstate: {database: "%s"}\n' "$folder" "$1" >"$folder/bench.yaml"
  local ctl=()
  [ ! -x "$root/out/sshgatewayctl" ] || ctl=("$root/out/sshgatewayctl" -c "$folder/bench.yaml")
  dotnet "$here/bin/Release/net10.0/SshGateway.Benchmarks.dll" state "$1" "${ctl[@]}"
}

echo "$(nproc) CPUs, load average $(cut -d' ' -f1-3 /proc/loadavg), $(date -u +%F)"
for store in "${stores[@]}"; do
  echo
  echo "== $store"
  if [ "$store" = sqlite ]; then
    measure "sqlite:$folder/state.db"
  else
    start_postgres
    measure "host='$folder' user=bench dbname=bench"
    echo
    echo "   the database's own time for each statement"
    psql -X -q -h "$folder" -U bench -d bench -c "
      select calls, round(min_exec_time::numeric, 2) as least_ms, round(mean_exec_time::numeric, 2) as mean_ms,
        left(regexp_replace(query, '\s+', ' ', 'g'), 90) as statement
      from pg_stat_statements where query ~ 'sshgateway' and calls >= 5 and query !~ '^create|^comment' order by mean_exec_time desc limit 20"
  fi
done
echo
echo "load average at the end $(cut -d' ' -f1-3 /proc/loadavg)"
