using SshGateway.Interop.Tests.Recipes;
using Xunit;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>A test with a Kerberos realm of its own, and perhaps a machine; skipped where there can be none, or without root (an sshd that is not root refuses GSSAPI).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KerberosFactAttribute : FactAttribute
{
    public KerberosFactAttribute() =>
        Skip = new MachineFactAttribute().Skip ?? KerberosRealm.Missing;
}
