using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SshGateway.Benchmarks.Idle;
using SshGateway.Benchmarks.State;

// dotnet run -c Release --project tests/Benchmarks -- --filter '*Seal*'      (--list flat shows what there is)
// In process: the packages and analyzers of this repository are not those a generated project would need.
// idle-client and idle-server are for bench.sh; "state DATABASE [CTL…]" and "state-idle DATABASE" measure a state store.
if (args is ["idle-client", .. var client]) return await IdleSessions.HoldAsync(client);
if (args is ["idle-server", .. var server]) return await IdleSessions.ServeAsync(server);
if (args is ["state-idle", var watched]) return await StateTimes.IdleAsync(watched);
if (args is ["state", var database, .. var ctl]) return await StateTimes.RunAsync(database, ctl);
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
