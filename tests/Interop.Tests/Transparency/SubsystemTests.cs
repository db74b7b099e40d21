using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class SubsystemTests(TestBed bed)
{
    [Fact]
    public async Task A_subsystem_of_the_destination_answers()
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["-s", "target", "reverse"], "abc\nxyz\n"u8.ToArray())));
        Assert.Equal("cba\nzyx\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task An_unknown_subsystem_is_refused_in_the_destination_s_way()
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("-s", "target", "no-such-subsystem")));
        Assert.Contains("subsystem request failed", direct.Text("stderr"), StringComparison.Ordinal);
    }
}
