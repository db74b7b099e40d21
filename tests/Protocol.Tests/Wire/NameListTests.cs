using System.Text;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Wire;

public class NameListTests
{
    [Theory]
    [InlineData(",")]
    [InlineData("a,")]
    [InlineData(",a")]
    [InlineData("a,,b")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("ä")]
    [InlineData("a\u007f")]
    public void A_list_with_an_invalid_name_is_refused(string list) =>
        Assert.Throws<SshProtocolException>(() => NameList.Parse(Encoding.UTF8.GetBytes(list)));

    [Fact]
    public void A_list_of_1024_names_passes_and_one_of_1025_does_not()
    {
        Assert.Equal(1024, NameList.Parse(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("x", 1024)))).Length);
        Assert.Throws<SshProtocolException>(() => NameList.Parse(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("x", 1025)))));
    }

    [Theory]
    [InlineData("a,b,c", "c,b", "b")]
    [InlineData("a", "A", null)]
    [InlineData("", "a", null)]
    [InlineData("a", "", null)]
    public void The_clients_first_name_that_the_server_has_wins(string client, string server, string? expected) =>
        Assert.Equal(expected, NameList.Negotiate(NameList.Parse(Encoding.ASCII.GetBytes(client)), NameList.Parse(Encoding.ASCII.GetBytes(server))));
}
