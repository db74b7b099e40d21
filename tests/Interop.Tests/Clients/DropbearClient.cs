using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Clients;

/// <summary>dbclient, with the user's key converted to its format and a home folder whose known_hosts is the route's.</summary>
internal static class DropbearClient
{
    public static async Task<ProcessResult> RunAsync(
        TestBed bed, Route route, IEnumerable<string> options, string? command, ReadOnlyMemory<byte> input = default)
    {
        string key = await ConvertedKeyAsync(bed);
        string home = route.NewFolder("dropbear-home");
        Directory.CreateDirectory(Path.Combine(home, ".ssh"));
        // It looks keys up by host name without the port.
        string knownHosts = string.Concat(File.ReadAllLines(route.KnownHosts).Select(line => $"127.0.0.1 {line[(line.IndexOf(' ') + 1)..]}\n"));
        File.WriteAllText(Path.Combine(home, ".ssh/known_hosts"), knownHosts);
        return await ChildProcess.RunAsync(
            "dbclient",
            ["-i", key, "-p", route.Port.ToString(), .. options, $"{route.User}@127.0.0.1", .. command is null ? Array.Empty<string>() : [command]],
            input,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home });
    }

    private static async Task<string> ConvertedKeyAsync(TestBed bed)
    {
        string converted = bed.Folder[$"dropbear-key-{Guid.NewGuid():N}"];
        (await ChildProcess.RunAsync("dropbearconvert", ["openssh", "dropbear", bed.UserKey.PrivateFile, converted])).Succeeded();
        return converted;
    }
}
