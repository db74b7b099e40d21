#!/usr/bin/env bash
# Whether the time of a refusal tells if the user exists: wrong secrets of a user, of a locked one and of one that is unknown, each method,
# against a gateway with real PAM. Prints medians and, for each pair, the AUC (0.5: the time tells nothing). Needs root.
#   tests/Benchmarks/login-times.sh [TRIALS]      500 of each by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export SSHGATEWAY_TIMING_TRIALS=${1:-500}
dotnet build tests/Interop.Tests -c Release -v quiet --nologo
exec dotnet test --no-build -c Release tests/Interop.Tests --nologo --filter FullyQualifiedName~Login.RefusalTimes --logger 'console;verbosity=detailed'
