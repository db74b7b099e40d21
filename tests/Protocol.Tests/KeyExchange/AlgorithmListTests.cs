using SshGateway.Protocol.KeyExchange;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public sealed class AlgorithmListTests
{
    private static readonly string[] Defaults = ["a-1", "a-2", "b-1"];
    private static readonly string[] Known = ["a-1", "a-2", "b-1", "b-2", "c@x"];

    [Theory]
    [InlineData("", "a-1,a-2,b-1")]
    [InlineData("b-2,a-1", "b-2,a-1")]
    [InlineData("b-2, a-1 ,b-2", "b-2,a-1")]
    [InlineData("+b-2", "a-1,a-2,b-1,b-2")]
    [InlineData("+a-2,c@x", "a-1,a-2,b-1,c@x")]
    [InlineData("+b-*", "a-1,a-2,b-1,b-2")]
    [InlineData("^b-1", "b-1,a-1,a-2")]
    [InlineData("^c@x,a-2", "c@x,a-2,a-1,b-1")]
    [InlineData("-a-1", "a-2,b-1")]
    [InlineData("-a-*", "b-1")]
    [InlineData("-?-1", "a-2")]
    [InlineData("-c@x", "a-1,a-2,b-1")]
    [InlineData("-*", "")]
    [InlineData("?-2", "a-2,b-2")]
    [InlineData("A-1", "")]
    [InlineData("unknown,b-1", "b-1")]
    public void A_list_reads_as_in_sshd_config(string text, string expected) =>
        Assert.Equal(expected, string.Join(',', AlgorithmList.Expand(text, Defaults, Known)));
}
