# shellcheck shell=bash
# What the demonstrations share: processes in the background that a later run finds again, ports, keys, a private sshd.
# Sourced; $demo is the folder in which everything is.

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# --- processes of ours: a file with the pid and the start time, so that a recycled pid is not mistaken for it ---

start_time() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

running() {
  local pid started
  [ -s "$demo/$1.pid" ] && read -r pid started <"$demo/$1.pid" && [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}

pid_of() { cut -d' ' -f1 "$demo/$1.pid"; }
remember() { echo "$2 $(start_time "$2")" >"$demo/$1.pid"; }

stop_one() { # name [signal]
  running "$1" || { rm -f "$demo/$1.pid"; return 0; }
  local pid waited=0
  pid=$(pid_of "$1")
  kill "-${2:-TERM}" "$pid"
  while running "$1" && [ $waited -lt 80 ]; do sleep 0.1; waited=$((waited + 1)); done
  ! running "$1" || kill -9 "$pid"
  rm -f "$demo/$1.pid"
  say "Stopped the $1 (process $pid)."
}

# --- ports ---

answers() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

free_port() { # first [address]
  local port=$1
  while answers "$port" "${2:-127.0.0.1}"; do port=$((port + 1)); done
  echo "$port"
}

wait_for() { # name port log [address]
  local waited=0
  until answers "$2" "${4:-127.0.0.1}"; do
    running "$1" || { cat "$3" >&2; fail "the $1 ended at once, its log is above"; }
    waited=$((waited + 1))
    [ $waited -lt "${DEMO_PATIENCE:-200}" ] || { tail -n 20 "$3" >&2; fail "the $1 does not answer on port $2"; }
    sleep 0.1
  done
}

# --- what the machine must have ---

need_sdk() {
  local version
  if command -v dotnet >/dev/null && version=$(dotnet --list-sdks 2>/dev/null | sed 's/ .*//' | grep '^10\.' | tail -n 1) && [ -n "$version" ]; then
    return 0
  fi
  cat >&2 <<TEXT
$(basename "$0"): the .NET 10 SDK is missing (command 'dotnet', version 10.0.400 or later). To get it:
  Debian with Microsoft's package source:  apt-get install dotnet-sdk-10.0
  anything else, without root:             https://dotnet.microsoft.com/download/dotnet/10.0
                                           (unpack it, put its folder into PATH, run this script again)
TEXT
  exit 1
}

make_key() { [ -f "$1" ] || ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"; }

# --- a private sshd: its files are $demo/NAME.*, its host key $demo/destination_host_key ---

start_sshd() { # name address port
  [ "$(id -u)" -ne 0 ] || mkdir -p -m 755 /run/sshd
  cat >"$demo/$1.sshd_config" <<TEXT
ListenAddress $2:$3
HostKey $demo/destination_host_key
AuthorizedKeysFile $demo/destination_authorized_keys
PidFile $demo/$1.sshd.pid
AuthenticationMethods publickey
PermitRootLogin yes
StrictModes no
UsePAM no
PrintMotd no
X11Forwarding yes
Subsystem sftp internal-sftp
TEXT
  /usr/sbin/sshd -D -e -f "$demo/$1.sshd_config" >"$demo/$1.log" 2>&1 </dev/null &
  remember "$1" $!
  disown
}
