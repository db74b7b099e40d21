using System.Net;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class PenaltiesTests
{
    private static readonly IPAddress Source = IPAddress.Parse("192.0.2.1");
    private static readonly PenaltyConfiguration Settings = new();

    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(LoginOutcome.Failed, 5)]
    [InlineData(LoginOutcome.NoAttempt, 1)]
    [InlineData(LoginOutcome.GraceExceeded, 10)]
    [InlineData(LoginOutcome.Breach, 90)]
    [InlineData(LoginOutcome.Innocent, 0)]
    internal void Each_offence_has_its_penalty(LoginOutcome outcome, int seconds)
    {
        var penalties = new Penalties(_time);
        Assert.Equal(seconds, penalties.Report(Source, outcome, Settings).TotalSeconds);
        Assert.Equal(seconds, Left(penalties));
        _time.Advance(seconds);
        Assert.Equal(0, Left(penalties));
    }

    [Fact]
    public void They_double_up_to_ten_minutes_while_the_source_is_remembered()
    {
        var penalties = new Penalties(_time);
        double[] given = [.. Enumerable.Range(0, 9).Select(_ => penalties.Report(Source, LoginOutcome.Failed, Settings).TotalSeconds)];
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 600, 600], given);
        Assert.Equal(600, Left(penalties));
        // A smaller offence does not make it shorter.
        Assert.Equal(600, penalties.Report(Source, LoginOutcome.NoAttempt, Settings).TotalSeconds);
    }

    [Fact]
    public void Who_behaves_for_a_while_begins_anew()
    {
        var penalties = new Penalties(_time);
        penalties.Report(Source, LoginOutcome.NoAttempt, Settings);
        // A check that connects every five seconds never gets more than the least.
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(5.001);
            Assert.Equal(1, penalties.Report(Source, LoginOutcome.NoAttempt, Settings).TotalSeconds);
        }

        Assert.Equal(1, penalties.Remembered);
    }

    [Fact]
    public void A_bounded_number_of_sources_is_remembered_and_the_next_to_be_forgotten_goes_first()
    {
        var penalties = new Penalties(_time);
        PenaltyConfiguration settings = Settings with { MaxSources = 1000 };
        penalties.Report(Source, LoginOutcome.Breach, settings);
        for (int i = 0; i < 5000; i++) penalties.Report(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), LoginOutcome.Failed, settings);
        Assert.Equal(1000, penalties.Remembered);
        Assert.Equal(90, Left(penalties, settings));
    }

    [Fact]
    public void A_million_offences_of_one_source_do_not_fill_the_memory()
    {
        var penalties = new Penalties(_time);
        for (int i = 0; i < 100_000; i++)
        {
            penalties.Report(Source, LoginOutcome.Failed, Settings);
            _time.Advance(1);
        }

        Assert.Equal(1, penalties.Remembered);
        Assert.InRange(penalties.Queued, 1, 5000);
    }

    [Fact]
    public void Off_and_exempt_sources_are_never_refused()
    {
        var penalties = new Penalties(_time);
        Assert.Equal(TimeSpan.Zero, penalties.Report(IPAddress.Loopback, LoginOutcome.Breach, Settings));
        Assert.Equal(TimeSpan.Zero, penalties.Report(IPAddress.IPv6Loopback, LoginOutcome.Breach, Settings));
        Assert.Equal(TimeSpan.Zero, penalties.Report(Source, LoginOutcome.Breach, Settings with { Enabled = false }));
        Assert.Equal(TimeSpan.Zero, penalties.Report(Source, LoginOutcome.Breach, Settings with { Exempt = [IPNetwork.Parse("192.0.2.0/24")] }));
        penalties.Report(Source, LoginOutcome.Breach, Settings);
        Assert.Equal(0, Left(penalties, Settings with { Enabled = false }));
    }

    [Fact]
    public void An_ipv6_source_is_its_network_of_64_bits()
    {
        var penalties = new Penalties(_time);
        penalties.Report(IPAddress.Parse("2001:db8:1:2::1"), LoginOutcome.Breach, Settings);
        Assert.NotEqual(TimeSpan.Zero, penalties.Refusal(IPAddress.Parse("2001:db8:1:2:ffff::7"), Settings, out bool isFirst));
        Assert.True(isFirst);
        penalties.Refusal(IPAddress.Parse("2001:db8:1:2::1"), Settings, out isFirst);
        Assert.False(isFirst);
        Assert.Equal(TimeSpan.Zero, penalties.Refusal(IPAddress.Parse("2001:db8:1:3::1"), Settings, out _));
    }

    [Fact]
    public void What_ended_a_login_says_which_offence_it_was()
    {
        Assert.Equal(LoginOutcome.Breach, LoginOutcomes.Of(new SshProtocolException(DisconnectReason.ProtocolError, "x"), 0));
        Assert.Equal(LoginOutcome.Breach, LoginOutcomes.Of(new SshProtocolException(DisconnectReason.MacError, "x"), 0));
        Assert.Equal(LoginOutcome.Failed, LoginOutcomes.Of(new SshProtocolException(DisconnectReason.NoMoreAuthMethodsAvailable, "x"), 6));
        Assert.Equal(LoginOutcome.NoAttempt, LoginOutcomes.Of(new SshProtocolException(DisconnectReason.ProtocolVersionNotSupported, "x"), 0));
        Assert.Equal(LoginOutcome.NoAttempt, LoginOutcomes.Of(new SshConnectionClosedException("x"), 0));
        Assert.Equal(LoginOutcome.Failed, LoginOutcomes.Of(new SshConnectionClosedException("x"), 1));
        Assert.Equal(LoginOutcome.GraceExceeded, LoginOutcomes.Of(new OperationCanceledException(), 0));
        Assert.Equal(LoginOutcome.Innocent, LoginOutcomes.Of(new InvalidOperationException("ours"), 3));
    }

    private double Left(Penalties penalties, PenaltyConfiguration? settings = null) => penalties.Refusal(Source, settings ?? Settings, out _).TotalSeconds;
}
