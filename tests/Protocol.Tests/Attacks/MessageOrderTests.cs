using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Attacks;

/// <summary>Every message number in every gap of the handshake, of authentication, and behind it, against both sides of ours.</summary>
public class MessageOrderTests
{
    /// <summary>Transport messages that any state behind the first NEWKEYS takes, empty as they are here.</summary>
    private static readonly HashSet<int> AlwaysTaken =
        [0, (int)MessageId.Ignore, (int)MessageId.Unimplemented, (int)MessageId.Debug, .. Enumerable.Range(8, 12), .. Enumerable.Range(22, 8), (int)MessageId.Pong];

    public static TheoryData<bool> Sides => [true, false];

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Nothing_but_the_next_message_is_taken_before_the_first_keys(bool isServer)
    {
        foreach (RawStep step in new[] { RawStep.KexInit, RawStep.KexMethod, RawStep.NewKeys })
        {
            for (int id = 0; id < 256; id++)
            {
                if (IsNext(step, isServer, id)) continue;
                await using Victim victim = Victim.Create(isServer);
                await victim.Peer.AdvanceAsync(step);
                await victim.Peer.SendAsync((MessageId)id);
                // Some are taken before it is known that the exchange is a strict one: then KEXINIT itself is refused.
                if (step == RawStep.KexInit) await victim.SendWhileTakenAsync(victim.Peer.Seal(victim.Peer.Frame(victim.Peer.CreateKexInit())));
                await victim.AssertRefusesAsync($"message {id} before {step}");
            }
        }

        await Victim.AssertLivesAsync(isServer);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Nothing_of_other_layers_is_taken_before_authentication(bool isServer)
    {
        foreach (RawStep step in new[] { RawStep.Service, RawStep.Userauth })
        {
            for (int id = 0; id < 256; id++)
            {
                // What a client waits for; that SERVICE_ACCEPT names the service is not insisted on, as elsewhere.
                if (!isServer && id == (int)(step == RawStep.Service ? MessageId.ServiceAccept : MessageId.UserauthSuccess)) continue;
                await using Victim victim = Victim.Create(isServer);
                await victim.Peer.AdvanceAsync(step);
                await victim.Peer.SendAsync((MessageId)id);
                if (!AlwaysTaken.Contains(id))
                {
                    await victim.AssertRefusesAsync($"message {id} before {step}");
                    continue;
                }

                if (id is not 0 and (< 8 or > 100)) await victim.Peer.AdvanceAsync(RawStep.Authenticated);
            }
        }

        await Victim.AssertLivesAsync(isServer);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Nothing_of_other_layers_is_taken_after_authentication(bool isServer)
    {
        for (int id = 0; id < 256; id++)
        {
            await using Victim victim = Victim.Create(isServer);
            await victim.Peer.AdvanceAsync(RawStep.Authenticated);
            await victim.Peer.SendAsync((MessageId)id);
            bool isUnknown = id is (> (int)MessageId.RequestFailure and < (int)MessageId.ChannelOpen) or (> (int)MessageId.ChannelFailure and not (int)MessageId.Ping);
            bool isIgnored = isServer && id == (int)MessageId.UserauthRequest;
            if (AlwaysTaken.Contains(id) || isUnknown || isIgnored) await victim.AssertAnswersAsync();
            else await victim.AssertRefusesAsync($"message {id}");
        }
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Nothing_but_key_exchange_is_taken_behind_a_KEXINIT(bool isServer)
    {
        for (int id = 0; id < 256; id++)
        {
            await using Victim victim = Victim.Create(isServer);
            await victim.Peer.AdvanceAsync(RawStep.Authenticated);
            await victim.Peer.SendKexInitAsync();
            await victim.Peer.SendAsync((MessageId)id);
            if (id is (int)MessageId.Ignore or (int)MessageId.Debug)
            {
                await victim.Peer.ExpectAsync(MessageId.KexInit);
                Assert.False(victim.Ended.IsCompleted);
                continue;
            }

            await victim.AssertRefusesAsync($"message {id} behind KEXINIT");
        }

        await Victim.AssertLivesAsync(isServer);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_peer_without_strict_key_exchange_may_send_IGNORE_and_keeps_its_numbers(bool isServer)
    {
        await using Victim victim = Victim.Create(isServer);
        victim.Peer.Markers = [];
        foreach (RawStep step in new[] { RawStep.KexInit, RawStep.KexMethod, RawStep.NewKeys, RawStep.Service })
        {
            await victim.Peer.AdvanceAsync(step);
            await victim.Peer.SendAsync(MessageId.Ignore);
        }

        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        await victim.Peer.RekeyAsync();
        await victim.AssertAnswersAsync();
        Assert.False(victim.Peer.Algorithms!.IsStrict);
    }

    [Fact]
    public async Task Channels_opened_together_with_a_failing_authentication_are_never_opened()
    {
        await using Victim victim = Victim.Server();
        await victim.Peer.AdvanceAsync(RawStep.Userauth);
        byte[] open = [.. RawPeer.Message(MessageId.ChannelOpen, "session"), 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 128, 0];
        byte[] exec = [(byte)MessageId.ChannelRequest, 0, 0, 0, 0, .. RawPeer.EncodeString("exec"u8), 1, .. RawPeer.EncodeString("id"u8)];
        await victim.Peer.SendAsync(victim.Peer.PublickeyRequest(sessionId: new byte[32]), open, exec, victim.Peer.PublickeyRequest());
        await victim.AssertRefusesAsync("channel open before success");
        Assert.Equal([MessageId.UserauthFailure, MessageId.Disconnect], victim.Peer.Seen.Where(id => id != MessageId.ExtInfo));
    }

    [Fact]
    public async Task A_server_that_says_success_before_it_was_asked_is_left()
    {
        await using Victim victim = Victim.Client();
        await victim.Peer.AdvanceAsync(RawStep.Service);
        await victim.Peer.SendAsync(MessageId.UserauthSuccess);
        await victim.AssertRefusesAsync("success before the service");
        Assert.DoesNotContain(MessageId.UserauthRequest, victim.Peer.Seen);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("x11")]
    [InlineData("auth-agent@openssh.com")]
    [InlineData("forwarded-tcpip")]
    [InlineData("direct-tcpip")]
    public async Task A_server_opens_nothing_that_was_not_asked_for(string type)
    {
        await using Victim victim = Victim.Client();
        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        await victim.Peer.SendAsync([.. RawPeer.Message(MessageId.ChannelOpen, type), 0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 128, 0]);
        byte[] failure = await victim.Peer.ExpectAsync(MessageId.ChannelOpenFailure);
        Assert.Equal([0, 0, 0, 9, 0, 0, 0, (byte)OpenFailureReason.AdministrativelyProhibited], failure[1..9]);
        await victim.AssertAnswersAsync();
    }

    private static bool IsNext(RawStep step, bool isServer, int id) => step switch
    {
        RawStep.KexInit => id == (int)MessageId.KexInit,
        RawStep.KexMethod => id == (int)(isServer ? MessageId.KexEcdhInit : MessageId.KexEcdhReply),
        _ => id == (int)MessageId.NewKeys,
    };
}
