#!/usr/bin/env bash
# Draws docs/terminal.svg, the picture of README.md, from what the commands in it really print. Needs the demo that ./quickstart.sh leaves
# running: a session passes through its gateway, ctl looks at it, and its recording is replayed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
demo=demo
. samples/demo.sh
running gateway || fail "the demo does not run: ./quickstart.sh first"

cat >"$demo/ssh_config" <<TEXT
Host gateway
  HostName 127.0.0.1
  Port $(cat "$demo/gateway.port")
  User $(id -un)
  IdentityFile demo/user_key
  IdentitiesOnly yes
  UserKnownHostsFile demo/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
TEXT

screen=$(mktemp)
trap 'rm -f "$screen"' EXIT
host=127.0.0.1:$(cat "$demo/destination.port")
ctl='sshgatewayctl -c demo/sshgateway.yaml'

# What is typed is shown without the folder out/, which need not be in PATH.
show() { # command line
  printf '$ %s\n' "$1" >>"$screen"
  PATH=$PWD/out:$PATH bash -c "$1" >>"$screen" 2>&1 </dev/null || true
  printf '\n' >>"$screen"
}

newest_dump() { find "$demo/recordings" -name '*.dump' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-; }

show "ssh -F demo/ssh_config gateway 'echo Hello, world; exit 3'; echo \"exit status \$?\""
recording=$(newest_dump)
ssh -F "$demo/ssh_config" gateway 'sleep 60' </dev/null >/dev/null 2>&1 &
waiting=$!
until PATH=$PWD/out:$PATH $ctl show -csv connections | grep -q .; do sleep 0.2; done
show "$ctl show connections"
show "$ctl disable -host ${host%:*} -port ${host#*:}"
show "$ctl show hosts"
show "ssh -F demo/ssh_config gateway true"
PATH=$PWD/out:$PATH $ctl enable -host "${host%:*}" -port "${host#*:}"
PATH=$PWD/out:$PATH $ctl kill -user "$(id -un)" >/dev/null
wait "$waiting" || true
show "sshgateway-replay -replay $recording"

# Where this folder is, is nobody's business.
sed -i "s|$PWD/||g" "$screen"

# --- the picture: one line of text each, commands brighter than what they print ---

columns=$(LC_ALL=C.UTF-8 wc -L <"$screen")
awk -v width="$columns" '
  function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
  { lines[NR] = $0 }
  END {
    while (NR > 0 && lines[NR] == "") NR--
    w = width * 7.9 + 40; h = NR * 18 + 52
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", w, h, w, h
    print "<title>A session through the gateway, seen with ctl, and replayed</title>"
    printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#1b1f24\"/>\n", w, h
    print "<circle cx=\"20\" cy=\"16\" r=\"5\" fill=\"#e5534b\"/><circle cx=\"38\" cy=\"16\" r=\"5\" fill=\"#c69026\"/><circle cx=\"56\" cy=\"16\" r=\"5\" fill=\"#57ab5a\"/>"
    print "<g font-family=\"ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"13\" xml:space=\"preserve\">"
    for (i = 1; i <= NR; i++)
      if (lines[i] != "") printf "<text x=\"20\" y=\"%d\" fill=\"%s\">%s</text>\n", 30 + i * 18, (lines[i] ~ /^\$ / ? "#f0f6fc" : "#adbac7"), escaped(lines[i])
    print "</g>\n</svg>"
  }' "$screen" >docs/terminal.svg
say "docs/terminal.svg shows:"
cat "$screen"
