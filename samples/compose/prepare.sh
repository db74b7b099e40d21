#!/bin/sh
# Makes what the sample needs beside it, once: the gateways' key, and the user 'demo' with your public key.
#   ./prepare.sh [PUBLIC-KEY]      by default ~/.ssh/id_ed25519.pub
set -eu
cd "$(dirname "$0")/gateway"
key=${1:-$HOME/.ssh/id_ed25519.pub}
[ -f "$key" ] || { echo "prepare.sh: there is no $key; name a public key, or make one with ssh-keygen" >&2; exit 1; }
mkdir -p keys
cp "$key" keys/demo
[ -f gateway_key ] || ssh-keygen -q -t ed25519 -N '' -C 'gateways of the sample' -f gateway_key
# The user of the gateways in their containers.
chmod 640 gateway_key
chgrp 64222 gateway_key 2>/dev/null || chmod 644 gateway_key
chmod 755 . keys
chmod 644 keys/demo gateway_key.pub
