using SshGateway.Server.Authentication;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class TrustedMachinesTests
{
    [Theory]
    [InlineData("node1", "alice", "node1", "alice", true)]
    [InlineData("node1", "alice", "NODE1", "alice", true)]
    [InlineData("node1", "alice", "node1", "bob", false)]
    [InlineData("node1", "alice", "node2", "alice", false)]
    [InlineData("node1 alice", "alice", "node1", "alice", true)]
    [InlineData("node1 bob", "alice", "node1", "bob", false)]
    [InlineData("-node1\nnode1", "alice", "node1", "alice", false)]
    [InlineData("node1 -alice\nnode1", "alice", "node1", "alice", false)]
    [InlineData("node1 -alice\nnode1", "bob", "node1", "bob", true)]
    [InlineData("# node1\n\n", "alice", "node1", "alice", false)]
    [InlineData("+", "alice", "node1", "alice", false)]
    [InlineData("+ +", "alice", "node1", "alice", false)]
    public void A_line_says_which_machine_is_trusted_with_whom(string lines, string user, string host, string there, bool trusted) =>
        Assert.Equal(trusted, TrustedMachines.IsListed(lines.Split('\n'), user, host, there));
}
