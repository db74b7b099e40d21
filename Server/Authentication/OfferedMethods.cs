using SshGateway.Server.Configuration;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>Which of <c>auth.methods</c> this gateway can offer, and with which PAM service. Found out once, at start.</summary>
/// <param name="Combinations">Alternatives that can be offered, each a list of methods asked for in that order.</param>
/// <param name="PamService">Service name; empty without PAM.</param>
/// <param name="Missing">Alternatives that are left out, with the reason.</param>
internal sealed record OfferedMethods(
    IReadOnlyList<IReadOnlyList<string>> Combinations, string PamService, IReadOnlyList<KeyValuePair<string, string>> Missing)
{
    public bool HasPam => PamService.Length > 0;

    public static OfferedMethods Find(AuthConfiguration auth, IPrivilegedHelper helper)
    {
        string service = Privileged.PamServices.FirstInstalled(auth.PamServices) ?? "";
        string? noPam = helper.Missing(PrivilegedTask.Authenticate)
            ?? (service.Length == 0 ? $"none of the PAM services {string.Join(", ", auth.PamServices)} is set up here" : null);
        if (noPam is not null) service = "";
        var offered = new List<IReadOnlyList<string>>();
        var missing = new List<KeyValuePair<string, string>>();
        foreach (IReadOnlyList<string> combination in auth.Methods)
        {
            string? reason = combination.Select(method => Problem(method, auth, noPam)).FirstOrDefault(problem => problem is not null);
            if (reason is null) offered.Add(combination);
            else missing.Add(KeyValuePair.Create(string.Join('+', combination), reason));
        }

        return new OfferedMethods(offered, service, missing);
    }

    private static string? Problem(string method, AuthConfiguration auth, string? noPam) => method switch
    {
        AuthConfiguration.Password or AuthConfiguration.KeyboardInteractive => noPam,
        AuthConfiguration.HostBased => auth.HostbasedMachines.Length == 0 ? "auth.hostbased_machines is empty" : null,
        AuthConfiguration.Gssapi => GssapiLogin.Problem(auth.Keytab),
        _ => null,
    };
}
