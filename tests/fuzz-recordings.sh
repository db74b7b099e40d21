#!/usr/bin/env bash
# The long form of the fuzz test of the dump reader: any file gives records or an error with its offset. Prints its seed first.
#   tests/fuzz-recordings.sh [ROUNDS [SEED]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SSHGATEWAY_FUZZ_ROUNDS=${1:-5000000} SSHGATEWAY_FUZZ_SEED=${2:-$((RANDOM * 32768 + RANDOM))}
echo "seed $SSHGATEWAY_FUZZ_SEED"
dotnet build tests/Storage.Tests -c Release -v quiet --nologo
exec dotnet test --no-build -c Release tests/Storage.Tests --nologo --filter FullyQualifiedName~DumpFuzzTests
