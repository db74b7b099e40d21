using Xunit;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A test of the gateway's own words; skipped where the harness is proved alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GatewayFactAttribute : FactAttribute
{
    public GatewayFactAttribute() => Skip = TestBed.DirectOnly ? "only the straight route is run" : null;
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GatewayTheoryAttribute : TheoryAttribute
{
    public GatewayTheoryAttribute() => Skip = TestBed.DirectOnly ? "only the straight route is run" : null;
}
