using SshGateway.Protocol.KeyExchange;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class MpintTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("0000", "")]
    [InlineData("01", "01")]
    [InlineData("0001", "01")]
    [InlineData("7f", "7f")]
    [InlineData("80", "0080")]
    [InlineData("0080", "0080")]
    [InlineData("000000ff01", "00ff01")]
    [InlineData("09a378f9b2e332a7", "09a378f9b2e332a7")]
    public void Contents_are_the_shortest_that_are_not_negative(string magnitude, string contents) =>
        Assert.Equal(contents, Convert.ToHexStringLower(Mpint.FromUnsigned(Convert.FromHexString(magnitude))));
}
