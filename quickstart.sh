#!/usr/bin/env bash
# From a fresh Debian machine with the .NET 10 SDK to a gateway in front of a demo destination, and the proof that a session passes.
#   ./quickstart.sh          builds, makes keys under ./demo, starts both, runs ssh through the gateway, leaves it running
#   ./quickstart.sh status   says what runs
#   ./quickstart.sh stop     ends both
# Root is needed only to install Debian packages that are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
demo=$root/demo
umask 077

# shellcheck source=samples/demo.sh
. samples/demo.sh

install_missing() {
  local missing=()
  command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || missing+=(openssh-client)
  [ -x /usr/sbin/sshd ] || missing+=(openssh-server)
  [ ${#missing[@]} -gt 0 ] || return 0
  local run=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && run=(sudo -n) || {
      case " ${missing[*]} " in
        *" openssh-client "*) fail "ssh is missing and cannot be installed without root; run: apt-get install openssh-client" ;;
      esac
      return 0 # The sample server takes the place of sshd.
    }
  fi
  say "Installing ${missing[*]} …"
  # RUNLEVEL=1: the package's own service is not started.
  { "${run[@]}" apt-get update -qq &&
    "${run[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$demo/install.log" 2>&1 || { tail -n 20 "$demo/install.log" >&2; fail "the packages could not be installed"; }
}

# --- the demo destination: a private sshd, or the sample server where there is none ---

start_destination() {
  local port
  if running destination && port=$(cat "$demo/destination.port") && answers "$port"; then
    return 0
  fi
  port=$(free_port 2200)
  if [ -x /usr/sbin/sshd ]; then
    start_sshd destination 127.0.0.1 "$port"
  elif [ -d samples/EchoServer ]; then
    say "There is no sshd here: the sample server is the destination."
    dotnet build samples/EchoServer --nologo -v quiet -c Release -o "$demo/echo-server" >"$demo/echo-build.log" 2>&1 ||
      { cat "$demo/echo-build.log" >&2; fail "the sample server does not build"; }
    dotnet "$demo/echo-server/EchoServer.dll" --port "$port" --host-key "$demo/destination_host_key" \
      --authorized-keys "$demo/destination_authorized_keys" --allow-exec >"$demo/destination.log" 2>&1 </dev/null &
    remember destination $!
    disown
  else
    fail "neither /usr/sbin/sshd nor samples/EchoServer is here; run as root, or: apt-get install openssh-server"
  fi
  echo "$port" >"$demo/destination.port"
  wait_for destination "$port" "$demo/destination.log"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$demo/destination_host_key.pub")" >"$demo/destination_known_hosts"
}

start_gateway() {
  local port destination
  destination=$(cat "$demo/destination.port")
  if running gateway && port=$(cat "$demo/gateway.port") && answers "$port" && [ ! out/.built -nt "$demo/gateway.pid" ]; then
    say "The gateway of an earlier run is still there."
    return 0
  fi
  stop_one gateway
  port=$(free_port 2222)
  cat >"$demo/sshgateway.yaml" <<TEXT
# Written by quickstart.sh. See docs/ for every key; 'out/sshgateway check -c demo/sshgateway.yaml' validates it.
listen: ["127.0.0.1:$port"]
host_keys: ["$demo/gateway_host_key"]
state_dir: "$demo/state"
run_as: "$(id -un)"
dest: ["127.0.0.1:$destination"]
log: ""
dump: "$demo/recordings/{user}/{time}-{sid}.dump"
auth:
  authorized_keys: ["$demo/user_key.pub"]
  pam_account: false
destination:
  user: "$(id -un)"
  auth: [key]
  keys: ["$demo/gateway_key"]
  known_hosts: ["$demo/destination_known_hosts"]
  host_key_check: strict
TEXT
  mkdir -p "$demo/state"
  out/sshgateway serve -c "$demo/sshgateway.yaml" >"$demo/gateway.log" 2>&1 </dev/null &
  remember gateway $!
  disown
  echo "$port" >"$demo/gateway.port"
  wait_for gateway "$port" "$demo/gateway.log"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$demo/gateway_host_key.pub")" >"$demo/known_hosts"
}

status() {
  local name
  for name in gateway destination; do
    if running "$name"; then
      say "The $name runs: process $(pid_of "$name"), 127.0.0.1:$(cat "$demo/$name.port"), log demo/$name.log"
    else
      say "The $name does not run."
    fi
  done
  running gateway && running destination
}

case "${1:-}" in
  stop) stop_one gateway; stop_one destination; exit 0 ;;
  status) status; exit ;;
  "") ;;
  *) fail "usage: ./quickstart.sh [stop|status]" ;;
esac

need_sdk
mkdir -p "$demo"
install_missing
say "Building …"
(umask 022 && ./build.sh)

make_key "$demo/user_key" "demo user"
make_key "$demo/gateway_key" "demo gateway"
make_key "$demo/gateway_host_key" "host key of the demo gateway"
make_key "$demo/destination_host_key" "host key of the demo destination"
# The destination knows the gateway's key only: a user comes in through the gateway or not at all.
cp "$demo/gateway_key.pub" "$demo/destination_authorized_keys"

start_destination
start_gateway

# --- the proof ---

ssh_options=(-p "$(cat "$demo/gateway.port")" -i demo/user_key -o IdentitiesOnly=yes -o UserKnownHostsFile=demo/known_hosts)
command='echo "Hello from $(hostname), reached through $SSH_CLIENT"'
say
say "\$ ssh ${ssh_options[*]} $(id -un)@127.0.0.1 '$command'"
ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes "${ssh_options[@]}" "$(id -un)@127.0.0.1" "$command" ||
  { say; tail -n 20 "$demo/gateway.log" >&2; fail "no session passes; the gateway's log is above"; }

newest=
for file in "$demo"/recordings/*/*.dump; do
  if [ -f "$file" ] && { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; }; then newest=$file; fi
done

# --- what ctl sees of a session that is open, on the embedded store ---

ctl=(out/sshgatewayctl -c demo/sshgateway.yaml)
sessions() { "${ctl[@]}" show -csv sessions -user "$(id -un)"; }
before=$(sessions | wc -l)
ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes "${ssh_options[@]}" "$(id -un)@127.0.0.1" 'sleep 60' </dev/null >"$demo/session.log" 2>&1 &
session=$!
waited=0
until [ "$(sessions | wc -l)" -gt "$before" ]; do
  waited=$((waited + 1))
  [ $waited -lt 50 ] || fail "ctl does not see the session"
  sleep 0.2
done
for line in "show connections" "show hosts" "kill $(sessions | tail -n 1 | cut -d, -f1)"; do
  say
  say "\$ ${ctl[*]} $line"
  # shellcheck disable=SC2086 — the words of a command line
  "${ctl[@]}" $line
done
wait "$session" || true
# --- and the recording of the first one, which was whole before ssh had ended ---

[ -f "$newest" ] || fail "the session has not been recorded"
say
say "\$ out/sshgateway-replay -replay ${newest#"$root"/}"
out/sshgateway-replay -replay "$newest" </dev/null | tee "$demo/replayed" || fail "the recording of the session cannot be replayed"
grep -q 'Hello from' "$demo/replayed" || fail "the recording is not that of the session"

say
say "A session passes. Both processes go on running. To try:"
say "  ssh ${ssh_options[*]} $(id -un)@127.0.0.1          a shell on the destination"
say "  scp -P ${ssh_options[1]} ${ssh_options[*]:2} README.md $(id -un)@127.0.0.1:/tmp/"
say "  ${ctl[*]} show events      who came, where to; 'help' has the rest"
say "  tail -f demo/gateway.log                 what the gateway sees"
say "  ./quickstart.sh status                   what runs"
say "  ./quickstart.sh stop                     ends both"
