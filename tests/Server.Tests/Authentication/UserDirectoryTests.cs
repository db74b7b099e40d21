using SshGateway.Server.Authentication;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class UserDirectoryTests
{
    [Fact]
    public void Root_is_found_with_home_and_groups()
    {
        SystemUser user = UserDirectory.Find("root")!;
        Assert.Equal(0u, user.Uid);
        Assert.Equal("/root", user.Home);
        Assert.Contains("root", user.Groups);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-such-user-anywhere")]
    [InlineData("root\0x")]
    [InlineData("root:x")]
    [InlineData("../root")]
    [InlineData(";$()\n%")]
    public void Names_that_are_no_users_are_not_found(string name) => Assert.Null(UserDirectory.Find(name));

    [Fact]
    public void A_name_of_a_megabyte_is_not_looked_up() => Assert.Null(UserDirectory.Find(new string('x', 1 << 20)));
}
