using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>What is done for a refusal is the same, whether the user exists, may log in, or neither: the times then are, too (<see cref="RefusalClock"/>).</summary>
public sealed class EqualWorkTests
{
    /// <summary>Known to every system and let in nowhere by password; not allowed; unknown; root, who needs a key.</summary>
    private static readonly string[] Users = ["nobody", "daemon", "nobody-knows-me", "root", "a;b\n%c"];

    [Fact]
    public async Task A_password_is_given_to_the_modules_once_for_everybody()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (string user in Users)
        {
            (PamLogin login, ScriptedPam pam, List<string> shown) = Create();
            await using (login) Assert.False((await login.CheckAsync(user, "Kennwort"u8.ToArray(), default)).IsAccepted);
            done.Add(Describe(pam, shown));
        }

        Assert.Equal("1: [][8]; shown: ", Assert.Single(done));
    }

    [Fact]
    public async Task A_conversation_has_the_same_prompts_and_rounds_for_everybody()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (string user in Users)
        {
            (PamLogin login, ScriptedPam pam, List<string> shown) = Create();
            await using (login)
            {
                IInteractiveConversation conversation = login.Begin(user);
                await using (conversation)
                {
                    InteractiveStep first = await conversation.NextAsync(null, default);
                    InteractiveStep last = await conversation.NextAsync(["Kennwort"u8.ToArray()], default);
                    done.Add($"{first.Request!.Prompts.Single().Text} {last.IsAccepted} {Describe(pam, shown)}");
                }
            }
        }

        Assert.Equal("Password:  False 1: [][8]; shown: ", Assert.Single(done));
    }

    private static string Describe(ScriptedPam pam, List<string> shown) =>
        $"{pam.Conversations.Count}: {string.Concat(pam.Conversations.SelectMany(conversation => conversation.Rounds).Select(round => $"[{string.Join(',', round.Select(answer => Encoding.UTF8.GetByteCount(answer) >= 8 ? "8" : "fewer"))}]"))}; shown: {string.Concat(shown)}";

    private static (PamLogin Login, ScriptedPam Pam, List<string> Shown) Create()
    {
        var pam = new ScriptedPam(rounds => rounds.Count == 0 ? ScriptedPam.Ask(ScriptedPam.Hidden("Password: ")) : ScriptedPam.End(PamOutcome.Failure));
        var shown = new List<string>();
        var context = new LoginContext
        {
            Auth = new AuthConfiguration { DenyUsers = ["daemon"] },
            KeyFiles = new KeyFileCache(),
            SessionId = "0123456789",
            Source = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711),
            Local = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 22),
            Logger = NullLogger.Instance,
        };
        return (new PamLogin(pam, context, new LoginDoor(context), "sshd") { Show = shown.Add }, pam, shown);
    }
}
