using System.Text;
using SshGateway.Server.Authentication;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Gssapi;

/// <summary>
/// Which principals may log in as a user, as krb5_kuserok(3) decides it: those that his <c>.k5login</c> lists, and nobody else; without that file the
/// one that krb5.conf maps to him. The file is read with his rights, not ours.
/// </summary>
internal static class KerberosAccess
{
    /// <summary>Of home folders: what the helper must be allowed to read.</summary>
    public const string FilePattern = "{home}/.k5login";

    private const int MaxFileSize = 64 * 1024;

    /// <summary>Null when the principal may log in as the user, else why not, for the log.</summary>
    /// <param name="user">Name given.</param>
    /// <param name="account">The system's account of that name; null: none, then only the mapping counts.</param>
    /// <param name="principal">Full name.</param>
    /// <param name="localName">What it is mapped to; null: nothing.</param>
    /// <param name="helper">Reads the file.</param>
    /// <param name="cancellationToken">Cancels that.</param>
    public static async ValueTask<string?> RefusalAsync(
        string user, SystemUser? account, string principal, string? localName, IPrivilegedHelper helper, CancellationToken cancellationToken)
    {
        if (account is not null)
        {
            string file = account.Home.TrimEnd('/') + "/.k5login";
            UserFileContent content;
            try
            {
                content = await helper.ReadUserFileAsync(account.Name, file, MaxFileSize, cancellationToken).ConfigureAwait(false);
            }
            catch (PrivilegedHelperException e)
            {
                // A file that may be there and cannot be read might say no.
                return e.Message;
            }

            if (content.Problem.Length > 0) return $"{file}: {content.Problem}";
            if (content.Content is { } bytes) return Lists(bytes, principal) ? null : $"{file} does not list {principal}";
        }

        return localName is not null && string.Equals(localName, user, StringComparison.Ordinal)
            ? null
            : $"{principal} is {(localName is null ? "no user here" : "user " + localName)}";
    }

    /// <summary>One full name a line; blank lines and what follows a # count for nothing.</summary>
    internal static bool Lists(byte[] content, string principal) =>
        Encoding.UTF8.GetString(content).Split('\n').Any(line => string.Equals(line.Split('#')[0].Trim(), principal, StringComparison.Ordinal));
}
