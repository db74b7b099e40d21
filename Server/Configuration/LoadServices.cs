using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Configuration.Schema;

namespace SshGateway.Server.Configuration;

/// <summary>What loading asks of the machine, so that tests and <c>check</c> can answer differently.</summary>
internal sealed record LoadServices
{
    public static readonly LoadServices System = new();

    /// <summary>The addresses of a name; empty when it cannot be resolved.</summary>
    public Func<string, IReadOnlyList<IPAddress>> Resolve { get; init; } = ResolveName;

    /// <summary>The addresses of this machine.</summary>
    public Func<IReadOnlyList<IPAddress>> LocalAddresses { get; init; } = MachineAddresses;

    public Func<string, string?> EnvironmentVariable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Reads a text file (banner); throws IOException or UnauthorizedAccessException.</summary>
    public Func<string, string> ReadText { get; init; } = File.ReadAllText;

    /// <summary>Where groups of nodes come from, made anew for each load.</summary>
    public Func<GroupResolver> Groups { get; init; } = GroupResolver.System;

    /// <summary>What is wrong with a key file, or null. Null itself: files are not looked at.</summary>
    public Func<string, string?>? FileProblem { get; init; }

    /// <summary>What is wrong with an algorithm name of a kind (kex, host_keys, ciphers, macs, user_keys), or null.</summary>
    public Func<string, string, string?> AlgorithmProblem { get; init; } = KnownAlgorithms.Problem;

    /// <summary>Why a file cannot be read by this process, or null.</summary>
    public static string? Unreadable(string path)
    {
        try
        {
            if (Directory.Exists(path)) return "is a directory";
            using FileStream file = File.OpenRead(path);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "cannot be read";
        }
    }

    private static IReadOnlyList<IPAddress> ResolveName(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private static List<IPAddress> MachineAddresses()
    {
        List<IPAddress> addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        foreach (NetworkInterface device in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (UnicastIPAddressInformation information in device.GetIPProperties().UnicastAddresses)
            {
                addresses.Add(information.Address);
            }
        }

        return addresses;
    }
}
