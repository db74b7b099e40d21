using System.Globalization;
using System.Net.Sockets;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Interop.Tests.Attacks;

/// <summary>A gateway that lets every attacker come as often as he likes, in front of a real sshd, and one in front of a hostile destination.</summary>
public sealed class AttackBed : TestBed
{
    internal HostileDestination Hostile { get; private set; } = null!;

    /// <summary>The gateway whose destination is <see cref="Hostile"/>.</summary>
    internal GatewayProcess HostileGateway { get; private set; } = null!;

    internal Route HostileRoute { get; private set; } = null!;

    /// <summary>The user's key, listed at both gateways.</summary>
    internal PrivateKey Key { get; private set; } = null!;

    internal override string GatewayLines => "limits:\n  max_startups: 500:100:500\n  per_source: 0\n  penalties: off\n";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Key = PrivateKey.Load(UserKey.PrivateFile);
        Hostile = Own(new HostileDestination(PrivateKey.Load(DestinationHostKeys[0].PrivateFile)));
        if (DirectOnly) return;
        HostileGateway = await StartGatewayAsync(DestinationOptions(Hostile.Port, DestinationHostKeys.Select(key => key.PublicText)));
        HostileRoute = RouteThrough(HostileGateway, "h");
    }

    /// <summary>A raw client of the gateway (or of the one before the hostile destination).</summary>
    internal async Task<RawPeer> ConnectAsync(RawStep step, bool hostile = false)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", hostile ? HostileGateway.Port : GatewayProcess!.Port);
        var peer = new RawPeer(new NetworkStream(socket, ownsSocket: true), isServer: false, Key) { User = Environment.UserName };
        await peer.AdvanceAsync(step);
        return peer;
    }

    /// <summary>A login through the gateway works and its process is the same as ever.</summary>
    internal async Task AssertLivesAsync()
    {
        Assert.False(GatewayProcess!.HasExited, GatewayProcess.LogTail());
        ProcessResult result = await Gateway.SshAsync("target", "echo alive");
        Assert.True(result.OutputText == "alive\n", $"{result}\n{GatewayProcess.LogTail()}");
        AssertNothingBroke(GatewayProcess);
    }

    /// <summary>No attack may end in an error of our own: those are logged as internal.</summary>
    internal static void AssertNothingBroke(GatewayProcess gateway) =>
        Assert.DoesNotContain(gateway.Log, line => line.Contains("internal error", StringComparison.OrdinalIgnoreCase) || line.Contains("Unhandled", StringComparison.Ordinal));

    /// <summary>Resident memory of a process in KiB.</summary>
    internal static int ResidentKiB(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return int.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>SSH_MSG_CHANNEL_OPEN of a session.</summary>
    internal static byte[] Open(uint channel, uint window = 1 << 20, string type = "session") =>
        [.. RawPeer.Message(MessageId.ChannelOpen, type), .. Numbers(channel, window, 32 * 1024)];

    internal static byte[] Channel(MessageId id, params uint[] numbers) => [(byte)id, .. Numbers(numbers)];

    internal static byte[] Data(uint channel, int length) => [.. Channel(MessageId.ChannelData, channel, (uint)length), .. new byte[length]];

    internal static byte[] Request(uint channel, string type, bool wantReply, params string[] fields) =>
        [.. Channel(MessageId.ChannelRequest, channel), .. RawPeer.Message(0, type)[1..], wantReply ? (byte)1 : (byte)0, .. RawPeer.Message(0, fields)[1..]];

    private static byte[] Numbers(params uint[] numbers)
    {
        byte[] bytes = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), numbers[i]);
        return bytes;
    }
}
