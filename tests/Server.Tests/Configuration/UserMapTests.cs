using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

public sealed class UserMapTests
{
    private const string Map = """
        # who is who
        alice   a.smith      # married
        svc-*   {user}-{host}
        svc-a   never
        bob?    guest

        """;

    [Theory]
    [InlineData("alice", "a.smith")]
    [InlineData("svc-a", "svc-a-h1")]
    [InlineData("svc-", "svc--h1")]
    [InlineData("bob1", "guest")]
    [InlineData("bob", "u-bob")]
    [InlineData("Alice", "u-Alice")]
    public void First_line_that_fits_decides(string user, string expected)
    {
        var destination = new DestinationConfiguration { User = "u-{user}", Users = UserMap.Parse(Map, "map", (_, problem) => Assert.Fail(problem)) };
        Assert.Equal(expected, destination.UserFor(user, new PatternExpander { User = user, Host = "h1" }));
    }

    [Fact]
    public void Exact_line_in_front_of_a_pattern_wins()
    {
        UserMap map = UserMap.Parse("svc-a one\r\nsvc-* two\r\nsvc-a three", "map", (_, problem) => Assert.Fail(problem));
        Assert.Equal("one", map.Find("svc-a"));
        Assert.Equal("two", map.Find("svc-b"));
        Assert.Null(map.Find("x"));
    }

    [Fact]
    public void Errors_have_the_place_in_the_map()
    {
        ConfigurationResult result = Loaded.Result("destination: {user_map: /map/bad}");
        Assert.Null(result.Configuration);
        Assert.Equal(
            [
                "/map/bad:1:1: USER NAME is expected: the name at the destination of 'alice' is missing",
                "/map/bad:3:10: USER NAME is expected, and nothing after it: 'extra'",
                "/map/bad:4:7: 'usr' is no pattern; known are {user} {home} {uid} {sid} {time} {host}",
            ],
            result.Errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Map_that_cannot_be_read_is_an_error_of_the_file_that_names_it() =>
        Assert.Equal("test.yaml:1:25: the file '/none' cannot be read", Loaded.OnlyError("destination: {user_map: /none}").ToString());
}
