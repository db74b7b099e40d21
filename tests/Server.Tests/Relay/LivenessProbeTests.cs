using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class LivenessProbeTests
{
    [Fact]
    public void Silence_is_asked_about_and_given_up_after_the_last_unanswered_question()
    {
        var probe = new LivenessProbe(TimeSpan.FromSeconds(3), maxUnanswered: 2);
        ProbeAction[] actions = [.. Enumerable.Range(0, 10).Select(_ => probe.Tick(0))];
        Assert.Equal(
            [
                ProbeAction.None, ProbeAction.None, ProbeAction.Ask,
                ProbeAction.None, ProbeAction.None, ProbeAction.Ask,
                ProbeAction.None, ProbeAction.None, ProbeAction.GiveUp,
                ProbeAction.None,
            ],
            actions);
    }

    [Fact]
    public void Any_byte_starts_the_count_anew()
    {
        var probe = new LivenessProbe(TimeSpan.FromSeconds(2), maxUnanswered: 1);
        ulong bytes = 0;
        for (int i = 0; i < 50; i++)
        {
            Assert.NotEqual(ProbeAction.GiveUp, probe.Tick(bytes));
            if (i % 3 == 0) bytes++;
        }
    }

    [Fact]
    public void Without_an_interval_nothing_is_asked()
    {
        var probe = new LivenessProbe(TimeSpan.Zero, maxUnanswered: 3);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(ProbeAction.None, probe.Tick(0)));
    }
}
