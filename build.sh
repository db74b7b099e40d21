#!/usr/bin/env bash
# Builds the commands into out/: framework-dependent, compiled ahead of time with ReadyToRun, one folder.
#   ./build.sh          builds what changed
#   ./build.sh -v       with the compiler's messages
#   ./build.sh deb      makes a Debian package of them as well, below artifacts/deb, and says where
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case "$(uname -m)" in
  x86_64) rid=linux-x64 ;;
  aarch64 | arm64) rid=linux-arm64 ;;
  *) echo "build.sh: no ReadyToRun target for $(uname -m)" >&2; exit 1 ;;
esac
verbosity=quiet
case "${1:-}" in
  "") ;;
  -v) verbosity=minimal ;;
  deb) ./build.sh; exec packaging/debian/package.sh ;;
  *) echo "build.sh: usage: ./build.sh [-v|deb]" >&2; exit 2 ;;
esac

if ! command -v dotnet >/dev/null; then
  echo "build.sh: the .NET 10 SDK is missing (command 'dotnet'). See https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

# Sources decide: without a newer one there is nothing to do (a check of the file system is 50 times faster than one of MSBuild).
stamp=out/.built
sources=(Protocol Storage Server Replay Directory.Build.props Directory.Packages.props global.json build.sh)
if [ -x out/sshgateway ] && [ -x out/sshgatewayctl ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$rid" ] &&
  [ -z "$(find "${sources[@]}" \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit)" ]; then
  exit 0
fi

started=$(mktemp)
trap 'rm -f "$started"' EXIT
# A folder of its own for intermediate files: publishing for one runtime must not disturb an ordinary build.
for project in Server Replay; do
  dotnet publish "$project" --nologo -v "$verbosity" -c Release -r "$rid" --no-self-contained \
    --artifacts-path artifacts -p:PublishReadyToRun=true -p:PublishReferencesDocumentationFiles=false -o out
done
# The same program under the name by which it knows that it is ctl.
cp -f out/sshgateway out/sshgatewayctl
printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/sshgateway" dumpd "$@"\n' >out/sshgateway-dumpd
chmod 755 out/sshgateway-dumpd
echo "$rid" >"$stamp"
touch -r "$started" "$stamp"
