using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>A test with a realm of its own; skipped where one cannot be made, or where its user could not log in to an sshd.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KerberosFactAttribute : FactAttribute
{
    public KerberosFactAttribute() =>
        Skip = TestBed.DirectOnly ? "only the straight route is run" : Environment.IsPrivilegedProcess ? KerberosRealm.Missing : "needs root: an sshd that is not root refuses GSSAPI";
}
