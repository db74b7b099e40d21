using System.Globalization;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;
using Xunit.Abstractions;

namespace SshGateway.Interop.Tests.Login;

/// <summary>The measurement behind tests/Benchmarks/login-times.sh. It judges nothing: what it shows is for docs/performance.md.</summary>
[Collection(LoginCollection.Name)]
public sealed class RefusalTimes(LoginBed bed, ITestOutputHelper output)
{
    private const string Trials = "SSHGATEWAY_TIMING_TRIALS";

    [MeasurementFact]
    public async Task Of_a_user_with_a_wrong_secret_a_locked_one_and_one_that_is_unknown()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix");
        foreach (string method in new[] { "publickey", "password", "keyboard-interactive" })
        {
            ProcessResult result = await ChildProcess.RunAsync(
                Python.Interpreter,
                [Python.Script("login_timing.py"), gateway.Port.ToString(CultureInfo.InvariantCulture), method, Environment.GetEnvironmentVariable(Trials)!, "alice", "locked", "nobody-knows-me"],
                timeout: TimeSpan.FromHours(3));
            output.WriteLine(result.Succeeded().OutputText);
        }
    }

    private sealed class MeasurementFactAttribute : FactAttribute
    {
        public MeasurementFactAttribute() => Skip = !RootFactAttribute.IsRoot ? "it needs root"
            : Environment.GetEnvironmentVariable(Trials) is null ? "a measurement, made by tests/Benchmarks/login-times.sh" : null;
    }
}
