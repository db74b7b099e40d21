#!/usr/bin/env bash
# Two gateways on one PostgreSQL, in front of two destinations; ends by showing one user's sessions through both of them.
#   ./run.sh [FOLDER]           starts everything (again), opens a session through each gateway, shows what ctl sees of them
#   ./run.sh status [FOLDER]    says what runs
#   ./run.sh stop [FOLDER]      ends everything and removes the folder
# The machine needs postgresql, openssh-server, openssh-client and the .NET 10 SDK; root is not needed. FOLDER is by default one
# below /tmp. SSHGATEWAY_PROGRAM names a built sshgateway to use instead of building one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
umask 077

action=start
case "${1:-}" in
  stop | status) action=$1; shift ;;
  -*) echo "usage: run.sh [stop|status] [FOLDER]" >&2; exit 2 ;;
esac
demo=$(realpath -m "${1:-${TMPDIR:-/tmp}/sshgateway-two-$(id -u)}")
# shellcheck source=samples/demo.sh
. "$root/samples/demo.sh"

gateways=(gateway-1 gateway-2)
destinations=(destination-1 destination-2)
sessions=(session-1 session-2)
user=$(id -un)

stop_all() {
  local name
  for name in "${sessions[@]}" "${gateways[@]}" "${destinations[@]}"; do stop_one "$name"; done
  stop_one postgres INT # a fast shutdown: it does not wait for clients
}

case $action in
  stop)
    stop_all
    [ ! -e "$demo/made-by-two-gateways" ] || rm -rf "$demo"
    exit 0
    ;;
  status)
    up=0
    for name in postgres "${destinations[@]}" "${gateways[@]}" "${sessions[@]}"; do
      if running "$name"; then say "The $name runs: process $(pid_of "$name")"; else say "The $name does not run."; up=1; fi
    done
    exit $up
    ;;
esac

# --- what the machine must have ---

postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] || found=$(command -v initdb || true)
  [ -n "$found" ] || fail "PostgreSQL is missing; run: apt-get install postgresql"
  dirname "$found"
}

bin=$(postgres_bin)
[ -x /usr/sbin/sshd ] || fail "sshd is missing; run: apt-get install openssh-server"
command -v ssh >/dev/null || fail "ssh is missing; run: apt-get install openssh-client"
if [ -n "${SSHGATEWAY_PROGRAM:-}" ]; then
  program=$SSHGATEWAY_PROGRAM
else
  need_sdk
  say "Building …"
  (cd "$root" && umask 022 && ./build.sh)
  program=$root/out/sshgateway
fi

# --- a folder of its own ---

# A path of a Unix socket has at most 107 bytes.
[ ${#demo} -le 80 ] || fail "the path of the folder is too long for a socket in it: $demo"
if [ -e "$demo/made-by-two-gateways" ] && [ -O "$demo" ]; then
  stop_all
elif [ -e "$demo" ] && { [ ! -O "$demo" ] || [ -n "$(ls -A "$demo")" ]; }; then
  fail "$demo is there already and not of this script"
fi
mkdir -p "$demo"
touch "$demo/made-by-two-gateways"

# PostgreSQL refuses to run as root: it then runs as the user of its package, who must get through the folder.
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then
  owner=postgres
  id postgres >/dev/null 2>&1 || owner=nobody
  as_postgres=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
  chmod 711 "$demo"
  mkdir -p "$demo/postgres"
  chown "$owner" "$demo/postgres"
else
  mkdir -p "$demo/postgres"
fi

# --- PostgreSQL: a private cluster that listens on a socket in its folder only ---

start_postgres() {
  cd / # where its user may be
  if [ ! -e "$demo/postgres/data/PG_VERSION" ]; then
    "${as_postgres[@]}" "$bin/initdb" -D "$demo/postgres/data" -U sshgateway -A trust -E UTF8 --locale=C.UTF-8 >"$demo/initdb.log" 2>&1 ||
      { cat "$demo/initdb.log" >&2; fail "initdb failed"; }
  fi
  "${as_postgres[@]}" "$bin/postgres" -D "$demo/postgres/data" -k "$demo/postgres" -c listen_addresses= >"$demo/postgres.log" 2>&1 </dev/null &
  remember postgres $!
  disown
  local waited=0
  until "$bin/pg_isready" -q -h "$demo/postgres"; do
    running postgres || { cat "$demo/postgres.log" >&2; fail "PostgreSQL ended at once, its log is above"; }
    waited=$((waited + 1))
    [ $waited -lt 600 ] || fail "PostgreSQL does not get ready"
    sleep 0.1
  done
  local psql=("$bin/psql" -X -q -A -t -h "$demo/postgres" -U sshgateway -d postgres)
  [ "$("${psql[@]}" -c "select count(*) from pg_database where datname = 'sshgateway'")" = 1 ] || "${psql[@]}" -c 'create database sshgateway'
  cd "$here"
}

# --- destinations and gateways ---

start_destinations() {
  local i port list=
  : >"$demo/destination_known_hosts"
  for i in 0 1; do
    port=$(free_port 2300 "127.0.0.$((i + 2))")
    start_sshd "${destinations[i]}" "127.0.0.$((i + 2))" "$port"
    wait_for "${destinations[i]}" "$port" "$demo/${destinations[i]}.log" "127.0.0.$((i + 2))"
    echo "[127.0.0.$((i + 2))]:$port $(cut -d' ' -f1,2 "$demo/destination_host_key.pub")" >>"$demo/destination_known_hosts"
    list="$list${list:+, }\"127.0.0.$((i + 2)):$port\""
  done
  echo "$list" >"$demo/destinations"
}

start_gateway() { # name
  local port
  port=$(free_port 2400)
  mkdir -p "$demo/$1"
  sed -e "s|@PORT@|$port|" -e "s|@NAME@|$1|" -e "s|@FOLDER@|$demo|" -e "s|@USER@|$user|" \
    -e "s|@DESTINATIONS@|$(cat "$demo/destinations")|" "$here/gateway.yaml" >"$demo/$1.yaml"
  "$program" serve -c "$demo/$1.yaml" >"$demo/$1.out" 2>&1 </dev/null &
  remember "$1" $!
  disown
  wait_for "$1" "$port" "$demo/$1.out"
  echo "$port" >"$demo/$1.port"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$demo/gateway_host_key.pub")" >>"$demo/known_hosts"
}

start_session() { # name gateway
  ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o UserKnownHostsFile="$demo/known_hosts" \
    -i "$demo/user_key" -p "$(cat "$demo/$2.port")" -tt "$user@127.0.0.1" 'sleep 86400' >"$demo/$1.log" 2>&1 </dev/null &
  remember "$1" $!
  disown
}

make_key "$demo/user_key" "demo user"
make_key "$demo/gateway_key" "demo gateways"
make_key "$demo/gateway_host_key" "host key of the demo gateways"
make_key "$demo/destination_host_key" "host key of the demo destinations"
cp "$demo/gateway_key.pub" "$demo/destination_authorized_keys"
: >"$demo/known_hosts"

say "Starting PostgreSQL …"
start_postgres
say "Starting two destinations and two gateways …"
start_destinations
for name in "${gateways[@]}"; do start_gateway "$name"; done

# --- one user's sessions, one through each gateway ---

ctl() { "$program" ctl -c "$demo/gateway-1.yaml" "$@"; }
for i in 0 1; do start_session "${sessions[i]}" "${gateways[i]}"; done
waited=0
until [ "$(ctl show -all -csv connections | cut -d, -f1,3 | sort -u | wc -l)" -eq 2 ] && [ -n "$(ctl show -csv hosts)" ]; do
  for name in "${sessions[@]}"; do running "$name" || { cat "$demo/$name.log" >&2; fail "the $name ended, its output is above"; }; done
  waited=$((waited + 1))
  [ $waited -lt 300 ] || fail "ctl does not see both sessions"
  sleep 0.2
done

for line in "show gateways" "show hosts" "show -all connections" "show connections"; do
  say
  say "\$ sshgatewayctl -c $demo/gateway-1.yaml $line"
  # shellcheck disable=SC2086 — the words of a command line
  ctl $line
done

cat <<TEXT

The user $user has a session through each gateway; stickiness has put both on one destination. All of it goes on running. To try:
  ssh -i $demo/user_key -o UserKnownHostsFile=$demo/known_hosts -p $(cat "$demo/gateway-2.port") $user@127.0.0.1
  $bin/psql -h $demo/postgres -U sshgateway -c 'select * from sshgateway.connections'
  $program ctl -c $demo/gateway-2.yaml watch
  $here/run.sh stop$([ "$demo" = "$(realpath -m "${TMPDIR:-/tmp}/sshgateway-two-$(id -u)")" ] || echo " $demo")
TEXT
