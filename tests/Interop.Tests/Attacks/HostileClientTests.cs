using SshGateway.Interop.Tests.Harness;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Interop.Tests.Attacks;

/// <summary>What a client can do to a running gateway: it is disconnected, the others never notice, the destination hears nothing of it.</summary>
public sealed class HostileClientTests(AttackBed bed) : IClassFixture<AttackBed>
{
    private static readonly PrivateKey Stranger = PrivateKey.GenerateEd25519();

    /// <summary>Before authentication: the destination sees no connection at all.</summary>
    private static readonly Dictionary<string, (RawStep Step, Func<RawPeer, Task> Attack)> Unauthenticated = new(StringComparer.Ordinal)
    {
        ["HTTP"] = (RawStep.Identification, peer => peer.SendBytesAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray())),
        ["SSH-1.5"] = (RawStep.Identification, peer => peer.SendBytesAsync("SSH-1.5-x\r\n"u8.ToArray())),
        ["a line without end"] = (RawStep.Identification, peer => peer.SendBytesAsync(new byte[300])),
        ["a packet of 2^32-1 bytes"] = (RawStep.KexInit, peer => peer.SendBytesAsync(new byte[] { 255, 255, 255, 255, 0, 0, 0, 0 })),
        ["a packet of 256 KiB"] = (RawStep.KexInit, peer => peer.SendBytesAsync(new byte[] { 0, 4, 0, 0, 1 })),
        ["IGNORE before KEXINIT"] = (RawStep.KexInit, peer => peer.SendAsync([(byte)MessageId.Ignore], peer.CreateKexInit())),
        ["authentication before the keys"] = (RawStep.KexMethod, peer => peer.SendAsync(RawPeer.Message(MessageId.ServiceRequest, "ssh-userauth"))),
        ["NEWKEYS without an exchange"] = (RawStep.KexMethod, peer => peer.SendAsync(MessageId.NewKeys)),
        ["a curve value of low order"] = (RawStep.KexMethod, peer => peer.SendShareAsync(new byte[32])),
        ["a channel instead of a service"] = (RawStep.Service, peer => peer.SendAsync(AttackBed.Open(0))),
        ["the connection service without a user"] = (RawStep.Service, peer => peer.SendAsync(RawPeer.Message(MessageId.ServiceRequest, "ssh-connection"))),
        ["success said by the client"] = (RawStep.Userauth, peer => peer.SendAsync(MessageId.UserauthSuccess)),
        ["six unknown keys"] = (RawStep.Userauth, peer => peer.SendAsync([.. Enumerable.Range(0, 6).Select(_ => peer.PublickeyRequest(signer: Stranger))])),
        ["a channel behind a failing authentication"] = (RawStep.Userauth, peer =>
            peer.SendAsync(peer.PublickeyRequest(signer: Stranger), AttackBed.Open(0), AttackBed.Request(0, "exec", true, "echo never"))),
        ["another user in the second request"] = (RawStep.Userauth, peer =>
            peer.SendAsync(peer.PublickeyRequest(signer: Stranger), peer.PublickeyRequest(user: "nobody"))),
        ["trailing bytes behind the signature"] = (RawStep.Userauth, peer => peer.SendAsync(peer.PublickeyRequest(trailer: [0]))),
        ["a name that is a path and a command"] = (RawStep.Userauth, async peer =>
        {
            await peer.SendAsync(peer.PublickeyRequest(user: "../../x;$(id)\n%s", signer: Stranger));
            await peer.ExpectAsync(MessageId.UserauthFailure);
            await peer.SendAsync(MessageId.ChannelOpen);
        }
        ),
    };

    /// <summary>On an open session (channel 0 of both), as far as the gateway itself has to keep the rules.</summary>
    private static readonly Dictionary<string, Func<RawPeer, Task>> Authenticated = new(StringComparer.Ordinal)
    {
        ["a window past 2^32-1"] = peer => peer.SendAsync(AttackBed.Channel(MessageId.ChannelWindowAdjust, 0, uint.MaxValue)),
        ["data after CLOSE"] = peer => peer.SendAsync(AttackBed.Channel(MessageId.ChannelClose, 0), AttackBed.Data(0, 1)),
        ["data for an unknown channel"] = peer => peer.SendAsync(AttackBed.Data(77, 1)),
        ["data for channel 2^32-1"] = peer => peer.SendAsync(AttackBed.Data(uint.MaxValue, 1)),
        ["data for a channel that is not confirmed"] = peer => peer.SendAsync(AttackBed.Open(1), AttackBed.Data(1, 1)),
        ["data over the window"] = peer => peer.SendAsync([.. Enumerable.Range(0, 100).Select(_ => AttackBed.Data(0, 32 * 1024))]),
        ["data longer than its message"] = peer => peer.SendAsync(AttackBed.Channel(MessageId.ChannelData, 0, 100)),
        ["a reply nobody waits for"] = peer => peer.SendAsync([.. Enumerable.Range(0, 10_000).Select(_ => new[] { (byte)MessageId.RequestSuccess })]),
        ["a channel reply nobody waits for"] = peer => peer.SendAsync([.. Enumerable.Range(0, 10_000).Select(_ => AttackBed.Channel(MessageId.ChannelSuccess, 0))]),
        ["a confirmation of an open channel"] = peer => peer.SendAsync(AttackBed.Channel(MessageId.ChannelOpenConfirmation, 0, 1, 1, 1)),
        ["a refusal of an open channel"] = peer => peer.SendAsync(AttackBed.Channel(MessageId.ChannelOpenFailure, 0, 1, 0, 0)),
        ["a second KEXINIT"] = async peer =>
        {
            await peer.SendKexInitAsync();
            await peer.SendKexInitAsync();
        },
        ["data behind a KEXINIT"] = async peer =>
        {
            await peer.SendKexInitAsync();
            await peer.SendAsync(AttackBed.Data(0, 1));
        },
        ["a service request"] = peer => peer.SendAsync(RawPeer.Message(MessageId.ServiceRequest, "ssh-userauth")),
        ["control characters in a request"] = peer => peer.SendAsync([(byte)MessageId.GlobalRequest, 0, 0, 0, 1, 27, 1]),
        ["a flipped bit"] = peer =>
        {
            byte[] packet = peer.Seal(peer.Frame(AttackBed.Data(0, 100)));
            packet[^1] ^= 1;
            return peer.SendBytesAsync(packet);
        },
    };

    public static TheoryData<string> UnauthenticatedNames => [.. Unauthenticated.Keys];

    public static TheoryData<string> AuthenticatedNames => [.. Authenticated.Keys];

    [GatewayTheory]
    [MemberData(nameof(UnauthenticatedNames))]
    public async Task Before_authentication_the_destination_sees_no_connection(string name)
    {
        int before = bed.Hostile.Count;
        (RawStep step, Func<RawPeer, Task> attack) = Unauthenticated[name];
        await using RawPeer peer = await bed.ConnectAsync(step, hostile: true);
        await attack(peer);
        if (step == RawStep.Identification) await peer.ReadIdentificationAsync();
        await peer.ReadToEndAsync();
        Assert.Equal(before, bed.Hostile.Count);
        Assert.False(bed.HostileGateway.HasExited);
        Assert.DoesNotContain(MessageId.UserauthSuccess, peer.Seen);
        Assert.DoesNotContain(MessageId.ChannelOpenConfirmation, peer.Seen);
        AttackBed.AssertNothingBroke(bed.HostileGateway);
    }

    [GatewayTheory]
    [MemberData(nameof(AuthenticatedNames))]
    public async Task After_authentication_only_the_one_who_broke_the_rules_is_disconnected(string name)
    {
        await using RawPeer other = await OpenCatAsync();
        await using (RawPeer peer = await OpenCatAsync())
        {
            await Authenticated[name](peer);
            await peer.ReadToEndAsync();
        }

        await other.SendAsync(AttackBed.Data(0, 5));
        byte[] echo = await ExpectAsync(other, MessageId.ChannelData);
        Assert.Equal(AttackBed.Data(0, 5), echo);
        await bed.AssertLivesAsync();
    }

    [GatewayFact]
    public async Task A_request_after_success_changes_nothing()
    {
        await using RawPeer peer = await OpenCatAsync();
        await peer.SendAsync(peer.PublickeyRequest(user: "nobody"), RawPeer.Message(MessageId.UserauthRequest, "nobody", "ssh-connection", "none"), AttackBed.Data(0, 3));
        Assert.Equal(AttackBed.Data(0, 3), await ExpectAsync(peer, MessageId.ChannelData));
        await bed.AssertLivesAsync();
    }

    [GatewayFact]
    public async Task Hundred_thousand_refused_opens_leave_the_memory_as_it_was()
    {
        await using RawPeer peer = await bed.ConnectAsync(RawStep.Authenticated);
        byte[][] opens = [.. Enumerable.Range(0, 500).Select(i => AttackBed.Open((uint)i, type: "tun@openssh.com"))];
        int before = 0;
        for (int round = 0; round < 200; round++)
        {
            await peer.SendAsync(opens);
            for (int i = 0; i < opens.Length; i++) await ExpectAsync(peer, MessageId.ChannelOpenFailure);
            // The first rounds fill pools and compile code.
            if (round == 40) before = AttackBed.ResidentKiB(bed.GatewayProcess!.Id);
        }

        Assert.InRange(AttackBed.ResidentKiB(bed.GatewayProcess!.Id) - before, int.MinValue, 24 * 1024);
        await bed.AssertLivesAsync();
    }

    [GatewayFact]
    public async Task Two_hundred_peers_that_announce_the_longest_packet_and_send_one_byte_hold_nobody_up()
    {
        int before = AttackBed.ResidentKiB(bed.GatewayProcess!.Id);
        var peers = new List<RawPeer>();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                RawPeer peer = await bed.ConnectAsync(RawStep.KexInit);
                peers.Add(peer);
                await peer.SendBytesAsync(new byte[] { 0, 0, 0x88, 0xac, 4 });
            }

            await bed.AssertLivesAsync();
            Assert.InRange(AttackBed.ResidentKiB(bed.GatewayProcess!.Id) - before, int.MinValue, 48 * 1024);
        }
        finally
        {
            foreach (RawPeer peer in peers) await peer.DisposeAsync();
        }

        await bed.AssertLivesAsync();
    }

    [GatewayFact]
    public async Task A_flood_of_PINGs_whose_answers_nobody_reads_ends()
    {
        await using RawPeer peer = await bed.ConnectAsync(RawStep.Authenticated);
        byte[][] pings = [.. Enumerable.Repeat<byte[]>([(byte)MessageId.Ping, .. RawPeer.EncodeString(new byte[1_000])], 100)];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (int i = 0; i < 1_000; i++) await peer.SendAsync(pings);
        });
        await bed.AssertLivesAsync();
    }

    [GatewayFact]
    public async Task A_client_that_begins_a_rekey_and_falls_silent_stops_its_destination()
    {
        var accepted = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Hostile.Script = async destination =>
        {
            await destination.AdvanceAsync(RawStep.Authenticated);
            await destination.ExpectAsync(MessageId.ChannelOpen);
            await destination.SendAsync(AttackBed.Channel(MessageId.ChannelOpenConfirmation, 0, 0, 1 << 20, 32 * 1024));
            long bytes = 0;
            try
            {
                while (true)
                {
                    await destination.SendAsync(AttackBed.Data(0, 32 * 1024)).WaitAsync(TimeSpan.FromSeconds(2));
                    bytes += 32 * 1024;
                }
            }
            catch (TimeoutException)
            {
                accepted.SetResult(bytes);
            }
        };
        await using RawPeer peer = await bed.ConnectAsync(RawStep.Authenticated, hostile: true);
        await peer.SendAsync(AttackBed.Open(0, window: uint.MaxValue));
        await ExpectAsync(peer, MessageId.ChannelOpenConfirmation);
        int before = AttackBed.ResidentKiB(bed.HostileGateway.Id);
        await peer.SendKexInitAsync();
        // What TCP holds on both ways, and at most 2 MiB behind the gate.
        Assert.InRange(await accepted.Task.WaitAsync(Eventually.Patience), 0, 32 << 20);
        Assert.InRange(AttackBed.ResidentKiB(bed.HostileGateway.Id) - before, int.MinValue, 24 * 1024);
        AttackBed.AssertNothingBroke(bed.HostileGateway);
    }

    /// <summary>A session that runs cat, on channel 0.</summary>
    private async Task<RawPeer> OpenCatAsync()
    {
        RawPeer peer = await bed.ConnectAsync(RawStep.Authenticated);
        // A small window: what is echoed is soon held back, so that the destination's window is soon full, however fast it reads.
        await peer.SendAsync(AttackBed.Open(0, window: 64 * 1024));
        await ExpectAsync(peer, MessageId.ChannelOpenConfirmation);
        await peer.SendAsync(AttackBed.Request(0, "exec", true, "cat"));
        await ExpectAsync(peer, MessageId.ChannelSuccess);
        return peer;
    }

    /// <summary>The next message of a number; what the gateway and the destination say besides (host keys, windows) is passed over.</summary>
    private static async Task<byte[]> ExpectAsync(RawPeer peer, MessageId id)
    {
        while (await peer.ReadAsync() is { } message)
        {
            if ((MessageId)message[0] == id) return message;
            Assert.True((MessageId)message[0] is MessageId.GlobalRequest or MessageId.ExtInfo or MessageId.ChannelWindowAdjust or MessageId.Pong, $"message {message[0]} instead of {id}");
        }

        throw new InvalidOperationException($"closed before {id}");
    }
}
