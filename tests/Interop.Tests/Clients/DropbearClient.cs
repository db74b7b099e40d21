using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Clients;

/// <summary>dbclient, with the user's key converted to its format and a home folder whose known_hosts is the route's.</summary>
internal static class DropbearClient
{
    public static Task<ProcessResult> RunAsync(
        TestBed bed, Route route, IEnumerable<string> options, string? command, ReadOnlyMemory<byte> input = default) =>
        RunAsync(bed.UserKey, bed.Folder, route, command, options, input);

    public static async Task<ProcessResult> RunAsync(
        KeyPair key, TemporaryFolder folder, Route route, string? command, IEnumerable<string>? options = null, ReadOnlyMemory<byte> input = default)
    {
        string converted = folder[$"dropbear-key-{Guid.NewGuid():N}"];
        (await ChildProcess.RunAsync("dropbearconvert", ["openssh", "dropbear", key.PrivateFile, converted])).Succeeded();
        string home = route.NewFolder("dropbear-home");
        Directory.CreateDirectory(Path.Combine(home, ".ssh"));
        // It looks keys up by host name without the port.
        string knownHosts = string.Concat(File.ReadAllLines(route.KnownHosts).Select(line => $"127.0.0.1 {line[(line.IndexOf(' ') + 1)..]}\n"));
        File.WriteAllText(Path.Combine(home, ".ssh/known_hosts"), knownHosts);
        return await ChildProcess.RunAsync(
            "dbclient",
            ["-i", converted, "-p", route.Port.ToString(), .. options ?? [], $"{route.User}@127.0.0.1", .. command is null ? Array.Empty<string>() : [command]],
            input,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home });
    }
}
