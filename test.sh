#!/usr/bin/env bash
# Runs the tests; the last line says 'N passed, N failed', the exit status is 0 only if none failed.
#   ./test.sh              installs what the tests need (Debian packages), then runs every project under tests/
#   ./test.sh unit         Protocol.Tests and Server.Tests only: under a minute, installs nothing
#   ./test.sh NAME…        the projects of these names, for example Interop
#   FILTER='FullyQualifiedName~Rsync' ./test.sh Interop    only what the filter of 'dotnet test' selects
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(
  openssh-server openssh-client openssh-sftp-server dropbear-bin putty-tools ssh-audit xauth libnss-wrapper
  rsync git sshfs curl postgresql clustershell fail2ban
  python3 python3-paramiko python3-asyncssh tzdata
  man-db groff zsh bash-completion logrotate systemd lintian
  gcc libc6-dev libpam-modules libpam-oath
  krb5-kdc krb5-admin-server krb5-user
)

install_packages() {
  local missing=() package sudo=()
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      echo "test.sh: these packages are missing and cannot be installed without root: ${missing[*]}" >&2
      echo "test.sh: run this first:  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
  fi
  echo "test.sh: installing ${missing[*]}"
  # RUNLEVEL=1: the packages' services are not started; every server of the tests is a private one.
  "${sudo[@]}" apt-get update -qq &&
    "${sudo[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >/tmp/sshgateway-apt.$$ 2>&1 ||
    { cat /tmp/sshgateway-apt.$$ >&2; rm -f /tmp/sshgateway-apt.$$; return 1; }
  rm -f /tmp/sshgateway-apt.$$
}

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET 10 SDK is missing (command 'dotnet'). See https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

projects=()
case "${1:-}" in
  unit) projects=(Protocol.Tests Server.Tests) ;;
  "") for project in tests/*.Tests; do projects+=("${project#tests/}"); done ;;
  *) for name in "$@"; do projects+=("${name%.Tests}.Tests"); done ;;
esac

passed=0 failed=0 skipped=0
if [ "${1:-}" != unit ]; then
  install_packages || failed=1
  # A newer OpenSSH beside the machine's own; where it cannot be had its tests are skipped and say why.
  tests/Interop.Tests/Scripts/openssh10.sh || true
fi

results=TestResults
rm -rf "$results"
mkdir -p "$results"

# One build for all of them; a build that fails is one failure and ends the run.
if ! dotnet build SshGateway.sln --nologo -v quiet -c Release; then
  echo "test.sh: the build failed" >&2
  echo "0 passed, 1 failed"
  exit 1
fi

# The counts stand in <Counters total= executed= passed= failed= …> of the report; without a report the host has crashed.
counter() { sed -n "s/.*<Counters[^>]* $2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

for project in "${projects[@]}"; do
  assembly=tests/$project/bin/Release/net10.0/SshGateway.$project.dll
  report=$results/$project.trx
  echo "== $project"
  log=$results/$project.log
  : >"$log"
  timeout --kill-after=10 2400 dotnet test "$assembly" --nologo ${FILTER:+--filter "$FILTER"} \
    --logger "console;verbosity=minimal" --logger "trx;LogFileName=$project.trx" --results-directory "$results" >"$log" 2>&1 &
  runner=$!
  # Through a file, so that nothing a dying test host leaves behind can write after the closing line.
  tail -n +1 -f --pid="$runner" "$log"
  wait "$runner"
  status=$?
  if [ ! -s "$report" ]; then
    echo "test.sh: $project left no report (status $status)" >&2
    failed=$((failed + 1))
    continue
  fi
  project_failed=$(counter "$report" failed)
  if [ "$(counter "$report" total)" -eq 0 ] && [ -z "${FILTER:-}" ]; then
    echo "test.sh: no test was found in $project" >&2
    failed=$((failed + 1))
  fi
  passed=$((passed + $(counter "$report" passed)))
  failed=$((failed + project_failed))
  sed -n '/<UnitTestResult .*outcome="NotExecuted"/,/<\/UnitTestResult>/{s/.*testName="\([^"]*\)".*/  skipped: \1/p;s/.*<Message>\(.*\)<\/Message>.*/    because: \1/p}' "$report"
  skipped=$((skipped + $(counter "$report" total) - $(counter "$report" executed)))
  if [ "$status" -ne 0 ] && [ "$project_failed" -eq 0 ]; then
    echo "test.sh: $project ended with status $status without a failed test: the test host crashed or timed out" >&2
    failed=$((failed + 1))
  fi
done

[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
