using SshGateway.Interop.Tests.Harness;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Interop.Tests.Attacks;

/// <summary>What a destination can do to the gateway and to the user behind it.</summary>
public sealed class HostileDestinationTests(AttackBed bed) : IClassFixture<AttackBed>
{
    private static readonly byte[] OpenConfirmation = AttackBed.Channel(MessageId.ChannelOpenConfirmation, 0, 0, 1 << 20, 32 * 1024);

    /// <summary>Until the gateway has logged in there: the user is told that no destination can be had.</summary>
    private static readonly Dictionary<string, Func<RawPeer, Task>> BeforeSuccess = new(StringComparer.Ordinal)
    {
        ["closes at once"] = _ => Task.CompletedTask,
        ["speaks HTTP"] = peer => peer.SendBytesAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()),
        ["sends 10,000 lines"] = peer => peer.SendBytesAsync(Enumerable.Repeat("line\r\n"u8.ToArray(), 10_000).SelectMany(line => line).ToArray()),
        ["announces a packet of 2^32-1 bytes"] = On(RawStep.KexInit, peer => peer.SendBytesAsync(new byte[] { 255, 255, 255, 255 })),
        ["sends a curve value of low order"] = On(RawStep.KexMethod, peer => peer.SendReplyAsync(new byte[32], [])),
        ["signs nothing"] = On(RawStep.KexMethod, peer => peer.SendReplyAsync([.. Enumerable.Repeat((byte)9, 32)], [])),
        ["says success before the service"] = On(RawStep.Service, peer => peer.SendAsync(MessageId.UserauthSuccess)),
        ["opens a channel before success"] = On(RawStep.Userauth, peer => peer.SendAsync(AttackBed.Open(0))),
        ["prompts for something"] = On(RawStep.Userauth, peer => peer.SendAsync([(byte)MessageId.UserauthInfoRequest, .. RawPeer.Message(0, "name", "instruction", "")[1..], 0x10, 0, 0, 0])),
        ["floods with banners"] = On(RawStep.Userauth, async peer =>
        {
            for (int i = 0; i < 1_000; i++) await peer.SendAsync(RawPeer.Message(MessageId.UserauthBanner, new string('x', 5_000), ""));
        }),
        ["disconnects with escape sequences"] = On(RawStep.Userauth, peer =>
            peer.SendAsync([(byte)MessageId.Disconnect, 0, 0, 0, 2, .. RawPeer.Message(0, "\u001b]0;owned\u0007\u001b[2J", "")[1..]])),
        ["accepts no key"] = On(RawStep.Userauth, peer => peer.SendAsync([.. RawPeer.Message(MessageId.UserauthFailure, "password"), 0])),
    };

    /// <summary>On a session that the user opened: the connection ends, for both.</summary>
    private static readonly Dictionary<string, Func<RawPeer, Task>> AfterSuccess = new(StringComparer.Ordinal)
    {
        ["sends data for an unknown channel"] = peer => peer.SendAsync(AttackBed.Data(99, 1)),
        ["sends data over the window"] = peer => peer.SendAsync([.. Enumerable.Range(0, 400).Select(_ => AttackBed.Data(0, 32 * 1024))]),
        ["sends a window past 2^32-1"] = peer => peer.SendAsync(OpenConfirmation, AttackBed.Channel(MessageId.ChannelWindowAdjust, 0, uint.MaxValue)),
        ["confirms twice"] = peer => peer.SendAsync(OpenConfirmation, OpenConfirmation),
        ["sends replies that nobody waits for"] = peer => peer.SendAsync(OpenConfirmation, AttackBed.Channel(MessageId.ChannelSuccess, 0), AttackBed.Channel(MessageId.ChannelSuccess, 0)),
        ["says success again"] = peer => peer.SendAsync(MessageId.UserauthSuccess),
        ["asks for a login"] = peer => peer.SendAsync(RawPeer.Message(MessageId.UserauthRequest, "x", "ssh-connection", "none")),
        ["sends data behind a KEXINIT"] = async peer =>
        {
            await peer.SendKexInitAsync();
            await peer.SendAsync(OpenConfirmation);
        },
        ["damages a packet"] = peer =>
        {
            byte[] packet = peer.Seal(peer.Frame(OpenConfirmation));
            packet[^1] ^= 1;
            return peer.SendBytesAsync(packet);
        },
    };

    public static TheoryData<string> BeforeSuccessNames => [.. BeforeSuccess.Keys];

    public static TheoryData<string> AfterSuccessNames => [.. AfterSuccess.Keys];

    [GatewayTheory]
    [MemberData(nameof(BeforeSuccessNames))]
    public async Task The_user_reads_a_reason_when_the_destination(string name)
    {
        bed.Hostile.Script = BeforeSuccess[name];
        ProcessResult result = await bed.HostileRoute.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.NotEmpty(result.ErrorText.Trim());
        AssertClean(result.ErrorText);
        AssertUnharmed();
    }

    [GatewayTheory]
    [MemberData(nameof(AfterSuccessNames))]
    public async Task The_connection_ends_when_the_destination(string name)
    {
        bed.Hostile.Script = async peer =>
        {
            await peer.AdvanceAsync(RawStep.Authenticated);
            await ExpectOpenAsync(peer);
            await AfterSuccess[name](peer);
            await peer.ReadToEndAsync();
        };
        ProcessResult result = await bed.HostileRoute.SshAsync("target", "echo never");
        Assert.Equal((255, ""), (result.ExitStatus, result.OutputText));
        AssertUnharmed();
    }

    [GatewayFact]
    public async Task A_wrong_host_key_gets_no_byte_of_a_credential()
    {
        PrivateKey right = bed.Hostile.HostKey;
        var seen = new TaskCompletionSource<List<MessageId>>(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Hostile.HostKey = PrivateKey.GenerateEd25519();
        bed.Hostile.Script = async peer =>
        {
            await peer.AdvanceAsync(RawStep.NewKeys);
            await peer.ReadToEndAsync();
            seen.SetResult(peer.Seen);
        };
        try
        {
            ProcessResult result = await bed.HostileRoute.SshAsync("target", "echo never");
            Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
            Assert.Contains("host key", result.ErrorText, StringComparison.OrdinalIgnoreCase);
            Assert.All(await seen.Task.WaitAsync(Eventually.Patience), id => Assert.Equal(MessageId.Disconnect, id));
        }
        finally
        {
            bed.Hostile.HostKey = right;
        }
    }

    [GatewayFact]
    public async Task A_host_key_that_changes_at_a_rekey_ends_the_connection()
    {
        bed.Hostile.Script = async peer =>
        {
            await peer.AdvanceAsync(RawStep.Authenticated);
            await ExpectOpenAsync(peer);
            peer.ChangeKey(PrivateKey.GenerateEd25519());
            await peer.RekeyAsync();
            await peer.SendAsync(OpenConfirmation, AttackBed.Data(0, 5));
            await peer.ReadToEndAsync();
        };
        ProcessResult result = await bed.HostileRoute.SshAsync("target", "echo never");
        Assert.Equal((255, ""), (result.ExitStatus, result.OutputText));
        AssertUnharmed();
    }

    [GatewayTheory]
    [InlineData("session")]
    [InlineData("x11")]
    [InlineData("auth-agent@openssh.com")]
    [InlineData("forwarded-tcpip")]
    [InlineData("forwarded-streamlocal@openssh.com")]
    [InlineData("direct-tcpip")]
    [InlineData("tun@openssh.com")]
    public async Task A_channel_that_the_user_did_not_ask_for_never_reaches_him(string type)
    {
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Hostile.Script = async peer =>
        {
            await peer.AdvanceAsync(RawStep.Authenticated);
            await ExpectOpenAsync(peer);
            await peer.SendAsync(AttackBed.Open(41, type: type));
            answer.SetResult(await peer.ExpectAsync(MessageId.ChannelOpenFailure));
        };
        await using RawPeer client = await bed.ConnectAsync(RawStep.Authenticated, hostile: true);
        await client.SendAsync(AttackBed.Open(0));
        byte[] failure = await answer.Task.WaitAsync(Eventually.Patience);
        Assert.Equal([0, 0, 0, 41, 0, 0, 0, (byte)OpenFailureReason.AdministrativelyProhibited], failure[1..9]);
        await client.ReadToEndAsync();
        Assert.DoesNotContain(MessageId.ChannelOpen, client.Seen);
        AssertUnharmed();
    }

    private static Func<RawPeer, Task> On(RawStep step, Func<RawPeer, Task> attack) => async peer =>
    {
        await peer.AdvanceAsync(step);
        await attack(peer);
        await peer.ReadToEndAsync();
    };

    /// <summary>The user's session; requests that come before it are the gateway's affair.</summary>
    private static async Task ExpectOpenAsync(RawPeer peer)
    {
        while (await peer.ReadAsync() is { } message)
        {
            if ((MessageId)message[0] == MessageId.ChannelOpen) return;
        }

        throw new InvalidOperationException("closed before a channel was opened");
    }

    private void AssertUnharmed()
    {
        Assert.False(bed.HostileGateway.HasExited, bed.HostileGateway.LogTail());
        AttackBed.AssertNothingBroke(bed.HostileGateway);
        AssertClean(bed.HostileGateway.LogText);
    }

    /// <summary>No control character of the destination's reaches a terminal or the log.</summary>
    private static void AssertClean(string text) => Assert.DoesNotContain(text, c => c < ' ' && c is not ('\n' or '\r' or '\t'));
}
