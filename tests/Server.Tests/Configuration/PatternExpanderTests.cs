using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

public sealed class PatternExpanderTests
{
    private static readonly PatternExpander Alice = new()
    {
        User = "alice",
        Home = "/home/alice",
        Uid = 1000,
        SessionId = "s1",
        Host = "node1",
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_200_000),
    };

    [Fact]
    public void Every_pattern_is_replaced() =>
        Assert.Equal(
            "alice /home/alice 1000 s1 2026-01-02T03:04:05.12Z node1",
            Alice.Expand("{user} {home} {uid} {sid} {time} {host}"));

    [Theory]
    [InlineData("{", "{")]
    [InlineData("{}", "{}")]
    [InlineData("{usr}-{user}", "{usr}-alice")]
    [InlineData("{{user}}", "{alice}")]
    [InlineData("{user", "{user")]
    public void Other_braces_stay(string text, string expected) => Assert.Equal(expected, Alice.Expand(text));

    [Fact]
    public void A_value_is_not_expanded_again() =>
        Assert.Equal("{home}", (Alice with { User = "{home}" }).Expand("{user}"));

    [Fact]
    public void An_unknown_value_leaves_its_pattern() => Assert.Equal("{user}", new PatternExpander().Expand("{user}"));

    [Theory]
    [InlineData("../../etc/passwd", false)]
    [InlineData("..", false)]
    [InlineData("", false)]
    [InlineData("a\0b", false)]
    [InlineData("a..b", true)]
    public void A_name_cannot_leave_its_directory(string user, bool good) =>
        Assert.Equal(good, (Alice with { User = user }).TryExpandPath("/var/log/{user}.log", out _));
}
