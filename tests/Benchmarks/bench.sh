#!/usr/bin/env bash
# The whole way, measured: real ssh through a real gateway to a real sshd, against going straight, against ssh -J through a
# gateway sshd, and against a gateway sshd whose ForceCommand is 'ssh destination'. All in one run, interleaved, medians.
#
#   tests/Benchmarks/bench.sh [--short] [--only ROW,ROW] [--runs N] [--size MIB] [--sessions N] [--json FILE]
#                             [--idle-client CMD] [--idle-server CMD] [--prepared]
#
#   --short        a run of a minute or two with small numbers: shows that everything works, measures little
#   --only         of: throughput connect parallel echo idle scp files recording
#   --sessions     idle sessions for the memory row (2000 with --idle-client; 50 without, by OpenSSH clients)
#   --idle-client  'CMD PORT USER KEY KNOWN_HOSTS COUNT' opens COUNT connections with a session each, prints 'ready' on a line,
#                  holds them until its standard input ends
#   --idle-server  'CMD PORT HOST_KEY AUTHORIZED_KEYS' takes the place of the destination in that row (thousands of sshd do not fit)
#   --prepared     use out/sshgateway as it is
#
# CPU is user and system time of everything on the gateway's side, from /proc: the gateway's processes, or the gateway sshd with
# all it has started. Memory is PSS. Everything listens on the loopback interface and ends with the script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

short=0 only=throughput,connect,parallel,echo,idle,scp,files,recording runs= size= sessions= json= idle_client= idle_server= prepared=0
arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --short) short=1 ;;
    --only) only=$2; shift ;;
    --runs) runs=$2; shift ;;
    --size) size=$2; shift ;;
    --sessions) sessions=$2; shift ;;
    --json) json=$2; shift ;;
    --idle-client) idle_client=$2; shift ;;
    --idle-server) idle_server=$2; shift ;;
    --prepared) prepared=1 ;;
    *) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
  shift
done
if [ $short = 1 ]; then
  : "${runs:=1}" "${size:=64}"; connects=3 parallel=16 echoes=300 idle_seconds=4 files=100
else
  : "${runs:=3}" "${size:=1024}"; connects=15 parallel=64 echoes=3000 idle_seconds=20 files=1000
fi
if [ -z "$sessions" ]; then
  if [ -n "$idle_client" ]; then sessions=$((short ? 200 : 2000)); else sessions=$((short ? 10 : 50)); fi
fi
wanted() { [[ ",$only," == *",$1,"* ]]; }

for program in ssh scp /usr/sbin/sshd awk /usr/bin/python3; do
  command -v "$program" >/dev/null || { echo "bench.sh: $program is missing" >&2; exit 1; }
done
[ $prepared = 1 ] || "$root/build.sh"
gateway_program=${SSHGATEWAY_PROGRAM:-$root/out/sshgateway}

work=$(mktemp -d "${TMPDIR:-/tmp}/sgb-XXXXXX")
pids=()
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  [ -n "${SSHGATEWAY_KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT
samples=$work/samples
: >"$samples"
note() { printf '%s\n' "$*" >&2; }

# sample ROW WAY VALUE
sample() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$samples"; }

# --- processes ---

ticks_per_second=$(getconf CLK_TCK)

# Milliseconds of CPU of a process, of those it has waited for, and of all that live below it.
cpu_ms() {
  local pid=$1 stat child sum
  stat=$(cat "/proc/$pid/stat" 2>/dev/null) || { echo 0; return; }
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  sum=$(((${12} + ${13} + ${14} + ${15}) * 1000 / ticks_per_second))
  for child in $(cat /proc/"$pid"/task/*/children 2>/dev/null); do sum=$((sum + $(cpu_ms "$child"))); done
  echo "$sum"
}

# PSS in KiB of a process and of all below it.
pss_kib() {
  local pid=$1 child sum
  sum=$(awk '/^Pss:/{print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null)
  sum=${sum:-0}
  for child in $(cat /proc/"$pid"/task/*/children 2>/dev/null); do sum=$((sum + $(pss_kib "$child"))); done
  echo "$sum"
}

# An sshd counts the time of its children when it has waited for them.
settle() {
  local tries=0
  while [ -n "$(cat /proc/"$1"/task/*/children 2>/dev/null)" ] && [ $tries -lt 100 ]; do sleep 0.02; tries=$((tries + 1)); done
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

wait_for_port() {
  local tries=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { note "bench.sh: nothing answers on port $1"; cat "$2" >&2; exit 1; }
    sleep 0.05
  done
}

now_us() { echo "${EPOCHREALTIME/./}"; }

# --- servers: two sets of all of them, one with OpenSSH's default key exchange, one with curve25519 everywhere ---

[ "$(id -u)" -ne 0 ] || mkdir -p -m 755 /run/sshd
user=$(id -un)
mkdir "$work/home"
for key in user gateway host; do ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$work/$key"; done
cat "$work/user.pub" "$work/gateway.pub" >"$work/authorized_keys"
host_key=$(cut -d' ' -f1,2 "$work/host.pub")
echo "* $host_key" >"$work/known_hosts"

start_sshd() { # name port lines
  { printf '%s\n' "$3" "ListenAddress 127.0.0.1:$2" "HostKey $work/host" "AuthorizedKeysFile $work/authorized_keys" \
    "PidFile $work/$1.pid" "PermitRootLogin yes" "StrictModes no" "UsePAM no" "PrintMotd no" "MaxStartups 1000" "MaxSessions 1000" \
    "SetEnv HOME=$work/home" "Subsystem sftp /usr/lib/openssh/sftp-server" "UseDNS no"; } >"$work/$1.conf"
  /usr/sbin/sshd -D -e -f "$work/$1.conf" >"$work/$1.log" 2>&1 </dev/null &
  pids+=($!)
  pid[$1]=$!
  port[$1]=$2
  wait_for_port "$2" "$work/$1.log"
}

start_gateway() { # name destination-port [more lines of the configuration]
  local listen
  listen=$(free_port)
  mkdir -p "$work/$1.state"
  # The destination's entry holds the port, as the gateway looks it up.
  echo "[127.0.0.1]:$2 $host_key" >"$work/$1.known_hosts"
  cat >"$work/$1.yaml" <<TEXT
listen: ["127.0.0.1:$listen"]
host_keys: ["$work/host"]
state_dir: "$work/$1.state"
dest: ["127.0.0.1:$2"]
log: "$work/$1.gateway.log"
run_as: "$(id -un)"
auth:
  methods: [publickey]
  pam_account: false
  authorized_keys: ["$work/authorized_keys"]
limits:
  max_startups: "10000:30:10000"
  per_source: 100000
destination:
  user: "$user"
  auth: [key]
  keys: ["$work/gateway"]
  known_hosts: ["$work/$1.known_hosts"]
${3:-}
TEXT
  "$gateway_program" serve -c "$work/$1.yaml" >"$work/$1.log" 2>&1 </dev/null &
  pids+=($!)
  pid[$1]=$!
  port[$1]=$listen
  wait_for_port "$listen" "$work/$1.log"
}

declare -A pid=() port=()
start_set() { # set kex-line
  start_sshd "$1-destination" "$(free_port)" "$2"
  start_sshd "$1-jump" "$(free_port)" "$2"
  cat >"$work/$1.ssh_config" <<TEXT
Host direct jump inner
  Port ${port[$1-destination]}
Host jump
  ProxyJump jumphost
Host jumphost
  Port ${port[$1-jump]}
Host inner
  IdentityFile $work/gateway
  Ciphers ^aes128-gcm@openssh.com
TEXT
  printf '#!/bin/sh\nexec ssh -q -F %s inner ${SSH_ORIGINAL_COMMAND:+"$SSH_ORIGINAL_COMMAND"}\n' "$work/$1.ssh_config" >"$work/$1.force"
  chmod +x "$work/$1.force"
  start_sshd "$1-forced" "$(free_port)" "$2
ForceCommand $work/$1.force"
  start_gateway "$1-gateway" "${port[$1-destination]}"
  cat >>"$work/$1.ssh_config" <<TEXT
Host gateway
  Port ${port[$1-gateway]}
Host forced
  Port ${port[$1-forced]}
Host *
  HostName 127.0.0.1
  User $user
  IdentityFile $work/user
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  UpdateHostKeys no
  $2
TEXT
  local way
  for way in "${ways[@]}"; do
    run_ssh "$1" "$way" true || { note "bench.sh: no session passes on the way '$way'"; cat "$work/$1-$way.log" >&2; exit 1; }
  done
}

ways=(direct gateway jump forced)
run_ssh() { local set=$1 way=$2; shift 2; ssh -F "$work/$set.ssh_config" "$way" "$@" </dev/null; }
gateway_side() { [ "$2" = direct ] || echo "${pid[$1-$2]}"; }

# --- rows ---

# timed SET WAY COMMAND…: leaves the microseconds in $elapsed and the gateway side's CPU milliseconds in $spent.
timed() {
  local set=$1 way=$2 before=0 start side
  shift 2
  side=$(gateway_side "$set" "$way")
  [ -z "$side" ] || before=$(cpu_ms "$side")
  start=$(now_us)
  "$@"
  elapsed=$(($(now_us) - start))
  spent=0
  if [ -n "$side" ]; then
    [ "$way" = gateway ] || settle "$side"
    spent=$(($(cpu_ms "$side") - before))
  fi
}

down() { ssh -F "$work/curve.ssh_config" -c "$2" "$1" "head -c ${size}M /dev/zero" </dev/null >/dev/null; }
up() { head -c "${size}M" /dev/zero | ssh -F "$work/curve.ssh_config" -c "$2" "$1" 'cat >/dev/null'; }

row_throughput() {
  local cipher run way direction
  for cipher in aes128-gcm@openssh.com chacha20-poly1305@openssh.com aes256-ctr; do
    for ((run = 0; run < runs; run++)); do
      for way in "${ways[@]}"; do
        for direction in down up; do
          timed curve "$way" "$direction" "$way" "$cipher"
          sample "$direction MiB/s, ${cipher%@*}" "$way" "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
          [ "$way" = direct ] || sample "CPU-s/GiB $direction, ${cipher%@*}" "$way" "$(awk "BEGIN{print $spent / 1000 * 1024 / $size}")"
        done
      done
    done
  done
}

row_connect() {
  local set run way name
  declare -A total=()
  for set in default curve; do
    name="default kex"
    [ $set = default ] || name=curve25519
    total=()
    for ((run = 0; run < connects; run++)); do
      for way in "${ways[@]}"; do
        timed $set "$way" run_ssh $set "$way" true
        sample "connect ms, $name" "$way" "$(awk "BEGIN{print $elapsed / 1000}")"
        total[$way]=$((${total[$way]:-0} + spent))
      done
    done
    for way in gateway jump forced; do
      sample "gateway CPU ms per connection, $name" "$way" "$(awk "BEGIN{print ${total[$way]} / $connects}")"
    done
  done
}

eight_at_a_time() { seq "$parallel" | xargs -P 8 -I{} ssh -F "$work/default.ssh_config" "$1" true; }

row_parallel() {
  local run way
  for ((run = 0; run < runs; run++)); do
    for way in "${ways[@]}"; do
      timed default "$way" eight_at_a_time "$way"
      sample "connections/s, 8 in parallel" "$way" "$(awk "BEGIN{print $parallel * 1e6 / $elapsed}")"
    done
  done
}

row_echo() {
  local run way
  for ((run = 0; run < runs; run++)); do
    for way in "${ways[@]}"; do
      sample "1-byte echo, median µs" "$way" "$(/usr/bin/python3 "$here/echo_latency.py" "$echoes" ssh -F "$work/curve.ssh_config" "$way" cat)"
    done
  done
}

# Sessions of OpenSSH clients, where no light client is given.
hold_with_ssh() { # way count
  local number holders=() ready=$work/ready.$1
  mkfifo "$ready"
  for ((number = 0; number < $2; number++)); do
    ssh -F "$work/curve.ssh_config" "$1" 'echo ready; exec cat' <"$work/hold" >>"$ready" &
    holders+=($!)
  done
  head -n "$2" <"$ready" >/dev/null
  echo ready
  cat >/dev/null
  kill "${holders[@]}" 2>/dev/null || true
  rm -f "$ready"
}

# idle_way WAY PROCESS COUNT COMMAND…: memory and CPU per session while COMMAND holds COUNT sessions.
idle_way() {
  local way=$1 process=$2 count=$3 before after cpu word
  shift 3
  before=$(pss_kib "$process")
  coproc HOLD { "$@"; }
  local hold_pid=$HOLD_PID hold_in=${HOLD[1]} hold_out=${HOLD[0]}
  read -r word <&"$hold_out"
  [ "$word" = ready ] || { note "bench.sh: the idle client said '$word'"; return 1; }
  sleep 1
  after=$(pss_kib "$process")
  sample "PSS KiB per idle session" "$way" "$(awk "BEGIN{print ($after - $before) / $count}")"
  cpu=$(cpu_ms "$process")
  sleep "$idle_seconds"
  cpu=$(($(cpu_ms "$process") - cpu))
  sample "idle CPU, ms/s per 100 sessions" "$way" "$(awk "BEGIN{print $cpu / $idle_seconds * 100 / $count}")"
  eval "exec $hold_in>&-"
  wait "$hold_pid" 2>/dev/null || true
}

row_idle() {
  local way destination others
  mkfifo "$work/hold"
  exec 8<>"$work/hold"
  if [ -n "$idle_client" ]; then
    destination=${port[curve-destination]}
    if [ -n "$idle_server" ]; then
      destination=$(free_port)
      # shellcheck disable=SC2086
      $idle_server "$destination" "$work/host" "$work/authorized_keys" >"$work/idle-server.log" 2>&1 </dev/null &
      pids+=($!)
      wait_for_port "$destination" "$work/idle-server.log"
    fi
    start_gateway idle-gateway "$destination"
    ssh -F "$work/curve.ssh_config" -p "${port[idle-gateway]}" gateway true </dev/null || true
    # shellcheck disable=SC2086
    idle_way gateway "${pid[idle-gateway]}" "$sessions" $idle_client "${port[idle-gateway]}" "$user" "$work/user" "$work/known_hosts" "$sessions"
  else
    idle_way gateway "${pid[curve-gateway]}" "$sessions" hold_with_ssh gateway "$sessions"
  fi
  others=$((sessions < 50 ? sessions : 50))
  for way in jump forced; do
    idle_way "$way" "${pid[curve-$way]}" "$others" hold_with_ssh "$way" "$others"
  done
}

copy() { scp -q -F "$work/curve.ssh_config" -c aes128-gcm@openssh.com "${@:3}" "$1" "$2" </dev/null; }

row_scp() {
  local run way
  head -c "${size}M" /dev/zero >"$work/file"
  for ((run = 0; run < runs; run++)); do
    for way in "${ways[@]}"; do
      timed curve "$way" copy "$work/file" "$way:$work/file.up"
      sample "scp up MiB/s" "$way" "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
      timed curve "$way" copy "$way:$work/file" "$work/file.down"
      sample "scp down MiB/s" "$way" "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
      rm -f "$work/file.up" "$work/file.down"
    done
  done
  rm -f "$work/file"
}

row_files() {
  local run way number
  mkdir "$work/files"
  for ((number = 0; number < files; number++)); do head -c 4000 /dev/zero >"$work/files/$number"; done
  for ((run = 0; run < runs; run++)); do
    for way in "${ways[@]}"; do
      timed curve "$way" copy "$work/files" "$way:$work/files.up" -r
      sample "scp -r of $files small files up, s" "$way" "$(awk "BEGIN{print $elapsed / 1e6}")"
      timed curve "$way" copy "$way:$work/files" "$work/files.down" -r
      sample "scp -r of $files small files down, s" "$way" "$(awk "BEGIN{print $elapsed / 1e6}")"
      rm -rf "$work/files.up" "$work/files.down"
    done
  done
}

# Gateways that differ in nothing but what they record, one after the other in each run. What is recorded is removed between runs.
recorded_kinds=(none capped whole digest audit)
declare -A recorded_name=([none]="not recorded" [capped]="recorded, defaults" [whole]="all kept, no SHA-256" [digest]="all kept, SHA-256" [audit]="dump: state")

row_recording() {
  local run kind direction name cipher=aes128-gcm@openssh.com dump
  for kind in "${recorded_kinds[@]}"; do
    dump="dump: \"$work/dumps-$kind/{sid}.dump\""
    case $kind in
      none) start_gateway "recorded-$kind" "${port[curve-destination]}" ;;
      capped) start_gateway "recorded-$kind" "${port[curve-destination]}" "$dump" ;;
      whole) start_gateway "recorded-$kind" "${port[curve-destination]}" "$dump
recording: {bulk_limit: 0, sha256: none}" ;;
      digest) start_gateway "recorded-$kind" "${port[curve-destination]}" "$dump
recording: {bulk_limit: 0}" ;;
      audit) start_gateway "recorded-$kind" "${port[curve-destination]}" "dump: state" ;;
    esac
    { printf 'Host %s\n  Port %s\n' "recorded-$kind" "${port[recorded-$kind]}"; cat "$work/curve.ssh_config"; } >"$work/curve.next"
    mv "$work/curve.next" "$work/curve.ssh_config"
    pid[curve-recorded-$kind]=${pid[recorded-$kind]}
    run_ssh curve "recorded-$kind" true
  done
  head -c "${size}M" /dev/zero >"$work/file"
  for ((run = 0; run < runs; run++)); do
    for kind in "${recorded_kinds[@]}"; do
      name=${recorded_name[$kind]}
      if [ "$kind" != audit ]; then
        for direction in down up; do
          timed curve "recorded-$kind" "$direction" "recorded-$kind" "$cipher"
          sample "$direction MiB/s, $name" gateway "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
          sample "CPU-s/GiB $direction, $name" gateway "$(awk "BEGIN{print $spent / 1000 * 1024 / $size}")"
        done
      fi
      if [ "$kind" != whole ]; then
        timed curve "recorded-$kind" copy "$work/file" "recorded-$kind:$work/file.up"
        sample "sftp up MiB/s, $name" gateway "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
        sample "CPU-s/GiB sftp up, $name" gateway "$(awk "BEGIN{print $spent / 1000 * 1024 / $size}")"
        timed curve "recorded-$kind" copy "recorded-$kind:$work/file" "$work/file.down"
        sample "sftp down MiB/s, $name" gateway "$(awk "BEGIN{print $size * 1e6 / $elapsed}")"
        sample "CPU-s/GiB sftp down, $name" gateway "$(awk "BEGIN{print $spent / 1000 * 1024 / $size}")"
        rm -f "$work/file.up" "$work/file.down"
      fi
      rm -rf "$work/dumps-$kind"
    done
  done
  rm -f "$work/file"
}

note "bench.sh: starting servers"
start_set default ""
start_set curve "KexAlgorithms curve25519-sha256"
for row in throughput connect parallel echo idle scp files recording; do
  wanted $row || continue
  note "bench.sh: $row"
  "row_$row"
done

# --- the table and the JSON file ---

: "${json:=$root/artifacts/bench-$(date -u +%Y%m%dT%H%M%SZ).json}"
mkdir -p "$(dirname "$json")"
awk -F'\t' -v json="$json" \
  -v date="$(date -u +%FT%TZ)" -v commit="$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)" -v arguments="$arguments" \
  -v cpu="$(awk -F': ' '/^model name/{print $2; exit}' /proc/cpuinfo)" -v cores="$(nproc)" -v kernel="$(uname -r)" \
  -v openssh="$(ssh -V 2>&1)" -v sessions="$sessions" -v size="$size" -v runs="$runs" '
  function quoted(text) { gsub(/[\\"]/, "\\\\&", text); return "\"" text "\"" }
  function median(row, way,   n, i, j, t, v) {
    n = count[row, way]
    for (i = 1; i <= n; i++) v[i] = value[row, way, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
  }
  { if (!($1 in seen)) { seen[$1] = 1; rows[++last] = $1 } value[$1, $2, ++count[$1, $2]] = $3 + 0 }
  END {
    ways = split("direct gateway jump forced", way, " ")
    printf "%-52s %10s %10s %10s %10s\n", "row (medians)", "direct", "gateway", "ssh -J", "ForceCommand"
    printf "{\n \"date\": %s, \"commit\": %s, \"arguments\": %s,\n", quoted(date), quoted(commit), quoted(arguments) >json
    printf " \"machine\": {\"cpu\": %s, \"cores\": %d, \"kernel\": %s, \"openssh\": %s},\n", quoted(cpu), cores, quoted(kernel), quoted(openssh) >json
    printf " \"sessions\": %d, \"size_mib\": %d, \"runs\": %d,\n \"rows\": [", sessions, size, runs >json
    for (r = 1; r <= last; r++) {
      printf "%-52s", rows[r]
      printf "%s\n  {\"name\": %s", (r > 1 ? "," : ""), quoted(rows[r]) >json
      for (w = 1; w <= ways; w++) {
        if (!count[rows[r], way[w]]) { printf " %10s", "–"; continue }
        m = median(rows[r], way[w])
        printf " %10.*f", (m >= 100 ? 0 : m >= 10 ? 1 : 2), m
        printf ", %s: {\"median\": %.6g, \"samples\": [", quoted(way[w]), m >json
        for (i = 1; i <= count[rows[r], way[w]]; i++) printf "%s%.6g", (i > 1 ? ", " : ""), value[rows[r], way[w], i] >json
        printf "]}" >json
      }
      printf "\n"
      printf "}" >json
    }
    printf "\n ]\n}\n" >json
  }' "$samples"
echo
echo "$json"
