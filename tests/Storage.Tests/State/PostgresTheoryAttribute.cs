using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>A theory that needs PostgreSQL; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute()
    {
        if (!PostgresCluster.IsInstalled) Skip = "PostgreSQL is not installed (Debian package postgresql)";
    }
}
