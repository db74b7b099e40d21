#!/usr/bin/env bash
# The long form of the byte equality test: 500 programs of 1 byte to 100 MiB, with and without a terminal. Takes a while.
#   tests/soak-recording.sh [RUNS [BYTES]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SSHGATEWAY_SOAK_RUNS=${1:-500} SSHGATEWAY_SOAK_BYTES=${2:-104857600}
dotnet build tests/Interop.Tests -c Release -v quiet --nologo
exec dotnet test --no-build -c Release tests/Interop.Tests --nologo --filter FullyQualifiedName~Recording.ByteEqualityTests
