using System.Net;
using System.Text;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class SessionIdTests
{
    [Theory]
    [InlineData("bench1", "127.0.0.1:58638", 1795331881424667853, "DF2F41B3A3")]
    [InlineData("bench1", "[::ffff:127.0.0.1]:58638", 1795331881424667853, "DF2F41B3A3")]
    [InlineData("alice", "[2001:db8::1]:1024", 5, "543E6E4762")]
    [InlineData("alice", "[2001:db8::1%3]:1024", 5, "543E6E4762")]
    public void It_is_the_beginning_of_sha1_over_user_source_and_start(string user, string source, ulong start, string expected)
    {
        Assert.Equal(expected, SessionId.Compute(Encoding.UTF8.GetBytes(user), IPEndPoint.Parse(source), start));
    }
}
