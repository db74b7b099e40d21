#!/usr/bin/env bash
# Installs the commands of out/ (build.sh makes them when they are missing), units, man pages, completions and a first configuration.
#   ./install.sh                 into PREFIX (/usr/local); configuration into /etc, state into /var
#   ./install.sh --compat        also under the names sshproxyctl, sshproxy-replay, sshproxy-dumpd
#   ./install.sh --uninstall     removes what was installed; a configuration that was changed stays, and so does the state
#   ./install.sh --uninstall --purge     removes these too: configuration, host keys, state, logs, recordings in /var/lib
# Variables (or --prefix=DIR, --destdir=DIR):
#   PREFIX     /usr/local, /usr or another folder
#   DESTDIR    folder that stands for the root of the system, for packages and tests; nothing outside of it is touched then
#   PAM        debian or redhat: style of the PAM service file; by default what this machine has
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
umask 022

fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

prefix=${PREFIX:-/usr/local} destdir=${DESTDIR:-} action=install compat=no purge=no
for argument in "$@"; do
  case "$argument" in
    --compat) compat=yes ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --prefix=*) prefix=${argument#*=} ;;
    --destdir=*) destdir=${argument#*=} ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown argument: $argument" ;;
  esac
done
[ $purge = no ] || [ $action = uninstall ] || fail "--purge belongs to --uninstall"
case "$prefix" in /*) ;; *) fail "PREFIX must be an absolute path (found '$prefix')" ;; esac
prefix=${prefix%/}
[ -z "$destdir" ] || { mkdir -p "$destdir"; destdir=$(cd "$destdir" && pwd); }
[ "$destdir" != / ] || destdir=
[ -n "$destdir" ] || [ "$(id -u)" -eq 0 ] || fail "root is needed to install into the system; or give DESTDIR"

program_dir=$prefix/lib/sshgateway
manifest=$program_dir/install.manifest

# systemd looks below /usr/lib and /usr/local/lib, and in /etc for what is installed elsewhere.
case "$prefix" in
  /usr | /usr/local) systemd_root=$prefix/lib ;;
  *) systemd_root=/etc ;;
esac
[ "$prefix" = /usr ] && zsh_dir=/usr/share/zsh/vendor-completions || zsh_dir=$prefix/share/zsh/site-functions

# --- what is done to the system itself, never with DESTDIR ---

systemd_runs() { [ -z "$destdir" ] && [ -d /run/systemd/system ]; }

make_users_and_folders() {
  [ -z "$destdir" ] || return 0
  if command -v systemd-sysusers >/dev/null && command -v systemd-tmpfiles >/dev/null; then
    systemd-sysusers "$systemd_root/sysusers.d/sshgateway.conf"
    systemd-tmpfiles --create "$systemd_root/tmpfiles.d/sshgateway.conf"
    return
  fi
  local user
  for user in sshgateway sshgateway-dumpd; do
    id "$user" >/dev/null 2>&1 || useradd --system --user-group --home-dir "/var/lib/$user" --no-create-home --shell /usr/sbin/nologin "$user"
    install -d -m 750 -o "$user" -g "$user" "/var/lib/$user"
  done
  install -d -m 750 -o sshgateway -g sshgateway /var/log/sshgateway
  install -d -m 755 /run/sshgateway
  chgrp sshgateway /etc/sshgateway /etc/sshgateway/sshgateway.yaml
  chmod 750 /etc/sshgateway
  chmod 640 /etc/sshgateway/sshgateway.yaml
}

# --- install: each path goes into the manifest, so that uninstalling needs no list of its own ---

new_manifest=()

folder() { # PATH: makes it, with its parents; those that were not there are removed again one day
  local missing=() path=$1
  until [ -z "$path" ] || [ -d "$destdir$path" ]; do missing=("$path" "${missing[@]}"); path=${path%/*}; done
  for path in "${missing[@]}"; do mkdir "$destdir$path"; new_manifest+=("dir $path"); done
}

file() { # MODE SOURCE PATH
  folder "${3%/*}"
  install -m "$1" "$2" "$destdir$3"
  new_manifest+=("file $3")
}

text() { # MODE SOURCE PATH: a file that names the commands
  folder "${3%/*}"
  sed "s|@BINDIR@|$prefix/bin|g" "$2" >"$destdir$3"
  chmod "$1" "$destdir$3"
  new_manifest+=("file $3")
}

link() { # TARGET PATH
  folder "${2%/*}"
  ln -sfn "$1" "$destdir$2"
  new_manifest+=("file $2")
}

sum() { sha256sum "$1" | cut -d' ' -f1; }

configuration() { # MODE SOURCE PATH: one that was changed is not touched
  folder "${3%/*}"
  local new old
  new=$(sum "$2")
  old=$(recorded_sum "$3")
  if [ ! -e "$destdir$3" ] || [ "$(sum "$destdir$3")" = "$old" ]; then install -m "$1" "$2" "$destdir$3"
  elif [ "$(sum "$destdir$3")" != "$new" ]; then say "Kept your $3 (the new one is $2)"; fi
  new_manifest+=("conf $3 $new")
}

recorded_sum() { [ ! -f "$destdir$manifest" ] || sed -n "s|^conf $1 ||p" "$destdir$manifest"; }

pam_style() {
  if [ -n "${PAM:-}" ]; then echo "$PAM"
  elif [ ! -e /etc/pam.d/common-auth ] && [ -e /etc/pam.d/password-auth ]; then echo redhat
  else echo debian; fi
}

install_all() {
  [ -x "$source_dir/out/sshgateway" ] || "$source_dir/build.sh"
  local from=$source_dir/packaging path name page pam
  pam=$(pam_style)
  [ -f "$from/pam/sshgateway.$pam" ] || fail "PAM must be debian or redhat (found '$pam')"
  # An older version's files that this one does not have would stay otherwise.
  local old_manifest=
  [ ! -f "$destdir$manifest" ] || old_manifest=$(cat "$destdir$manifest")

  for path in "$source_dir"/out/*; do
    name=${path##*/}
    case "$name" in
      sshgateway | sshgatewayctl | sshgateway-replay | sshgateway-dumpd) file 755 "$path" "$program_dir/$name" ;;
      *) file 644 "$path" "$program_dir/$name" ;;
    esac
  done
  for name in sshgateway sshgatewayctl sshgateway-replay sshgateway-dumpd; do link "../lib/sshgateway/$name" "$prefix/bin/$name"; done
  if [ $compat = yes ]; then
    for name in ctl -replay -dumpd; do
      link "../lib/sshgateway/sshgateway$name" "$prefix/bin/sshproxy$name"
      link "sshgateway$name.8" "$prefix/share/man/man8/sshproxy$name.8"
    done
  fi

  for path in "$from"/systemd/*.service "$from"/systemd/*.socket; do text 644 "$path" "$systemd_root/systemd/system/${path##*/}"; done
  file 644 "$from/systemd/sysusers.conf" "$systemd_root/sysusers.d/sshgateway.conf"
  file 644 "$from/systemd/tmpfiles.conf" "$systemd_root/tmpfiles.d/sshgateway.conf"

  for path in "$from"/man/*.8; do file 644 "$path" "$prefix/share/man/man8/${path##*/}"; done
  page=$(mktemp)
  awk -f "$from/man/markdown.awk" "$source_dir/docs/configuration.md" >"$page"
  file 644 "$page" "$prefix/share/man/man5/sshgateway.yaml.5"
  rm -f "$page"
  file 644 "$from/completion/sshgateway.bash" "$prefix/share/bash-completion/completions/sshgateway"
  for name in sshgatewayctl sshgateway-replay sshgateway-dumpd; do link sshgateway "$prefix/share/bash-completion/completions/$name"; done
  if [ $compat = yes ]; then
    for name in ctl -replay -dumpd; do link sshgateway "$prefix/share/bash-completion/completions/sshproxy$name"; done
  fi
  file 644 "$from/completion/_sshgateway" "$zsh_dir/_sshgateway"

  for name in sshgateway.yaml sshgateway.toml; do file 644 "$source_dir/samples/$name" "$prefix/share/doc/sshgateway/samples/$name"; done
  for path in "$source_dir"/docs/*.md; do file 644 "$path" "$prefix/share/doc/sshgateway/${path##*/}"; done
  file 644 "$source_dir/README.md" "$prefix/share/doc/sshgateway/README.md"
  file 644 "$source_dir/LICENSE" "$prefix/share/doc/sshgateway/LICENSE"

  configuration 640 "$from/etc/sshgateway.yaml" /etc/sshgateway/sshgateway.yaml
  configuration 600 "$from/etc/default-sshgateway" /etc/default/sshgateway
  configuration 644 "$from/etc/default-sshgateway-dumpd" /etc/default/sshgateway-dumpd
  configuration 644 "$from/pam/sshgateway.$pam" /etc/pam.d/sshgateway
  configuration 644 "$from/logrotate/sshgateway" /etc/logrotate.d/sshgateway

  local kind rest old_folders=()
  while read -r kind rest; do
    case "$kind" in
      # Folders that the first installation made are still ours; parents stand first.
      dir) old_folders+=("dir $rest") ;;
      file) printf '%s\n' "${new_manifest[@]}" | grep -qxF "file $rest" || rm -f "$destdir$rest" ;;
    esac
  done <<<"$old_manifest"
  printf '%s\n' "${old_folders[@]}" "${new_manifest[@]}" | sed '/^$/d' >"$destdir$manifest"
  chmod 644 "$destdir$manifest"

  make_users_and_folders
  ! systemd_runs || systemctl daemon-reload
  say "Installed into $destdir$prefix. Next:"
  say "  1. edit /etc/sshgateway/sshgateway.yaml (at least 'dest'; 'man sshgateway.yaml' has every key)"
  say "  2. sshgateway check -c /etc/sshgateway/sshgateway.yaml"
  say "  3. systemctl enable --now sshgateway        without systemd, as root: sshgateway serve"
}

# --- uninstall ---

uninstall_all() {
  [ -f "$destdir$manifest" ] || fail "nothing is installed in $destdir$prefix (there is no $manifest)"
  if systemd_runs; then
    systemctl disable --now sshgateway.service sshgateway.socket sshgateway-authd.socket sshgateway-authd.service sshgateway-dumpd.service 2>/dev/null || true
  fi
  local kind path sum_then folders=()
  while read -r kind path sum_then; do
    case "$kind" in
      file) rm -f "$destdir$path" ;;
      dir) folders=("$path" "${folders[@]}") ;;
      conf)
        [ -e "$destdir$path" ] || continue
        if [ $purge = yes ] || [ "$(sum "$destdir$path")" = "$sum_then" ]; then rm -f "$destdir$path"
        else say "Kept $path, which was changed (--purge removes it)"; fi ;;
    esac
  done <"$destdir$manifest"
  rm -f "$destdir$manifest"
  if [ $purge = yes ]; then
    rm -rf "$destdir/etc/sshgateway" "$destdir/var/lib/sshgateway" "$destdir/var/lib/sshgateway-dumpd" "$destdir/var/log/sshgateway" "$destdir/run/sshgateway"
  fi
  for path in "${folders[@]}"; do
    [ ! -d "$destdir$path" ] || rmdir --ignore-fail-on-non-empty "$destdir$path"
  done
  ! systemd_runs || systemctl daemon-reload
  [ $purge = yes ] || [ -n "$destdir" ] || say "State and logs stay in /var/lib/sshgateway and /var/log/sshgateway, the users sshgateway and sshgateway-dumpd stay too."
}

"${action}_all"
