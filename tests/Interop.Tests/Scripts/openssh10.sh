#!/usr/bin/env bash
# Unpacks OpenSSH 10 of Debian 13 (client and server) with its libraries into a folder of its own. Nothing is installed, and the machine's
# own package lists are not touched. Tests that want it are skipped where it cannot be had: the file 'problem' says why.
#   openssh10.sh [FOLDER]     default: $SSHGATEWAY_OPENSSH10, else sshgateway-tests/openssh10 in the user's cache folder
set -euo pipefail
folder=${1:-${SSHGATEWAY_OPENSSH10:-${XDG_CACHE_HOME:-$HOME/.cache}/sshgateway-tests/openssh10}}
[ ! -e "$folder/ready" ] || exit 0
mkdir -p "$folder"
problem() { echo "$1" | tee "$folder/problem" >&2; exit 1; }

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || problem "this is no Debian: $keyring is missing"
# The mirror that this machine uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | sort -u | head -n 1)
[ -n "$mirror" ] || problem "no Debian mirror is configured"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,debs,root}
touch "$work/status"
echo "deb [signed-by=$keyring] $mirror trixie main" >"$work/sources.list"
export APT_CONFIG=$work/apt.conf
cat >"$APT_CONFIG" <<EOF
Dir::State "$work";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
EOF
packages=(
  openssh-client openssh-server libc6 libssl3t64 zlib1g libzstd1 libcrypt1
  libedit2 libbsd0 libmd0 libtinfo6 libfido2-1 libcbor0.10 libudev1 libcap2
  libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1
  libselinux1 libpcre2-8-0 libaudit1 libcap-ng0 libpam0g libsystemd0 libwrap0 libnsl2 libtirpc3t64 libwtmpdb0 libsqlite3-0
)
timeout 120 apt-get update -qq >"$work/log" 2>&1 || problem "the package list of Debian 13 cannot be had: $(tail -n 1 "$work/log")"
(cd "$work/debs" && timeout 300 apt-get download -qq "${packages[@]}") >"$work/log" 2>&1 || problem "packages of Debian 13 cannot be had: $(tail -n 1 "$work/log")"
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root"; done

rm -rf "$folder/root" "$folder/bin" "$folder/problem"
mkdir -p "$folder/bin"
mv "$work/root" "$folder/root"
loader=$(find "$folder/root/usr" -name 'ld-linux*.so*' | head -n 1)
libraries=$(dirname "$(find "$folder/root/usr/lib" -name 'libcrypto.so.3' | head -n 1)")
# Each program runs with the C library of its own release.
for program in usr/bin/ssh usr/bin/ssh-keygen usr/sbin/sshd usr/lib/openssh/sshd-session usr/lib/openssh/sshd-auth; do
  wrapper=$folder/bin/$(basename "$program")
  printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$loader" "$libraries" "$folder/root/$program" >"$wrapper"
  chmod +x "$wrapper"
done
"$folder/bin/ssh" -V 2>"$folder/ready.new" || problem "the unpacked ssh does not run: $(tail -n 1 "$folder/ready.new")"
mv "$folder/ready.new" "$folder/ready"
