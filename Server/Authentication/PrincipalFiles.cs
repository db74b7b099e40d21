using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Server.Authentication;

/// <summary>
/// The files of <c>auth.authorized_principals</c> (sshd_config(5), AuthorizedPrincipalsFile): a principal a line, with the options of
/// authorized_keys before it.
/// </summary>
internal static class PrincipalFiles
{
    /// <summary>The options of the first line that names one of the certificate's principals and passes <paramref name="isUsable"/>.</summary>
    public static AuthorizedKeyOptions? Match(ReadOnlySpan<byte> file, Certificate certificate, Func<AuthorizedKeyOptions, bool> isUsable, ICollection<LineProblem> problems)
    {
        int number = 0;
        foreach (Range range in file.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = file[range];
            int comment = line.IndexOf((byte)'#');
            line = (comment < 0 ? line : line[..comment]).Trim(" \t\r"u8);
            if (line.IsEmpty) continue;
            int start = line.LastIndexOfAny(" \t"u8) + 1;
            string principal = Encoding.UTF8.GetString(line[start..]);
            if (!Names(certificate, principal)) continue;
            if (AuthorizedKeys.TryParseOptions(line[..start].TrimEnd(" \t"u8), out AuthorizedKeyOptions? options, out string? problem))
            {
                if (isUsable(options)) return options;
            }
            else
            {
                problems.Add(new LineProblem(number, problem));
            }
        }

        return null;
    }

    /// <summary>Exactly: a principal with a comma in it is one name.</summary>
    public static bool Names(Certificate certificate, string principal)
    {
        if (principal.Length == 0) return false;
        foreach (string name in certificate.Principals)
        {
            if (string.Equals(name, principal, StringComparison.Ordinal)) return true;
        }

        return false;
    }
}
