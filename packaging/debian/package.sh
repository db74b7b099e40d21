#!/usr/bin/env bash
# Makes the Debian package of what build.sh has built; called by 'build.sh deb'. Prints its path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
umask 022

command -v dpkg-deb >/dev/null || { echo "build.sh: dpkg-deb is missing: packages are made on Debian or a system like it" >&2; exit 1; }
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
architecture=$(dpkg --print-architecture)
work=artifacts/deb
root=$work/root
package=$work/sshgateway_${version}_$architecture.deb
rm -rf "$work"
mkdir -p "$root/DEBIAN"

PREFIX=/usr DESTDIR=$PWD/$root PAM=debian ./install.sh >/dev/null
# dpkg keeps the list of files itself.
rm "$root/usr/lib/sshgateway/install.manifest"
strip --strip-unneeded --remove-section=.comment "$root"/usr/lib/sshgateway/*.so 2>/dev/null || true

doc=$root/usr/share/doc/sshgateway
rm "$doc/LICENSE"
cp packaging/debian/copyright "$doc/copyright"
# Dates of the package are those of the last change, so that two builds of it are the same.
epoch=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Directory.Build.props)
printf 'sshgateway (%s) unstable; urgency=medium\n\n  * Built from the sources.\n\n -- %s  %s\n' \
  "$version" "$(sed -n 's/^Maintainer: //p' packaging/debian/control)" "$(LC_ALL=C date -u -R -d "@$epoch")" | gzip -9n >"$doc/changelog.gz"
find "$root/usr/share/man" -type f -exec gzip -9n {} +
mkdir -p "$root/usr/share/lintian/overrides"
cp packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/sshgateway"

sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" packaging/debian/control >"$root/DEBIAN/control"
(cd "$root" && find etc -type f -printf '/%p\n' | sort) >"$root/DEBIAN/conffiles"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
for script in postinst prerm postrm; do install -m 755 "packaging/debian/$script" "$root/DEBIAN/$script"; done
SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
