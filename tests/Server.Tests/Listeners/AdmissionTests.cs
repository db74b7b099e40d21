using System.Net;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class AdmissionTests
{
    private static readonly IPAddress Source = IPAddress.Parse("192.0.2.1");

    private static LimitsConfiguration Limits(int begin, int rate, int full, int perSource) =>
        new() { MaxStartups = new StartupLimit(begin, rate, full), PerSource = perSource };

    [Fact]
    public void Below_begin_everyone_enters_and_at_full_nobody()
    {
        var admission = new Admission(Limits(2, 50, 4, 0), _ => 99);
        for (int i = 0; i < 4; i++) Assert.True(admission.TryEnter(Source, out _));
        Assert.False(admission.TryEnter(Source, out string refusal));
        Assert.Contains("too many unauthenticated connections", refusal, StringComparison.Ordinal);
        admission.Leave(Source);
        Assert.True(admission.TryEnter(Source, out _));
    }

    [Theory]
    [InlineData(10, 30)]
    [InlineData(55, 65)]
    [InlineData(98, 98)]
    public void Between_them_the_share_grows_from_rate_to_all(int inside, int expectedPercent)
    {
        // The dice let in whoever comes to fill the room, then show each face once.
        int refused = 0;
        for (int face = 0; face < 100; face++)
        {
            int value = 99;
            var admission = new Admission(Limits(10, 30, 100, 0), _ => value);
            for (int i = 0; i < inside; i++) Assert.True(admission.TryEnter(Source, out _));
            value = face;
            if (!admission.TryEnter(Source, out _)) refused++;
        }

        Assert.InRange(refused, expectedPercent - 1, expectedPercent + 1);
    }

    [Fact]
    public void One_source_cannot_take_every_place()
    {
        var admission = new Admission(Limits(100, 30, 100, 3), _ => 99);
        for (int i = 0; i < 3; i++) Assert.True(admission.TryEnter(Source, out _));
        Assert.False(admission.TryEnter(Source, out string refusal));
        Assert.Contains("from this address", refusal, StringComparison.Ordinal);
        Assert.True(admission.TryEnter(IPAddress.Parse("192.0.2.2"), out _));
        Assert.Equal(4, admission.Unauthenticated);
    }

    [Fact]
    public void Leaving_forgets_the_source()
    {
        var admission = new Admission(Limits(1000, 30, 2000, 1), _ => 99);
        for (int i = 0; i < 500; i++)
        {
            Assert.True(admission.TryEnter(Source, out _));
            admission.Leave(Source);
        }

        Assert.Equal(0, admission.Unauthenticated);
    }
}
