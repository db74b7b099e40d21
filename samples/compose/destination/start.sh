#!/bin/sh
# Host keys of its own, and the gateways' key in a file that sshd takes for safe.
set -e
ssh-keygen -A >/dev/null
install -m 644 /gateway_key.pub /etc/ssh/gateway_keys
exec /usr/sbin/sshd -D -e -o AuthorizedKeysFile=/etc/ssh/gateway_keys -o PasswordAuthentication=no
