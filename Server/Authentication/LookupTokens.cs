using System.Globalization;
using System.Text;
using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Authentication;

/// <summary>The tokens of commands that look up keys and principals (sshd_config(5), TOKENS).</summary>
internal sealed class LookupTokens
{
    private readonly Dictionary<char, string> _values = [];

    /// <param name="login">The connection.</param>
    /// <param name="user">The user's name as given.</param>
    /// <param name="account">Null when the system does not know him: he has no home folder and no number.</param>
    /// <param name="key">What he shows.</param>
    public LookupTokens(LoginContext login, string user, SystemUser? account, PublicKey key)
    {
        _values['%'] = "%";
        _values['u'] = user;
        _values['h'] = account?.Home ?? "";
        _values['U'] = account?.Uid.ToString(CultureInfo.InvariantCulture) ?? "";
        _values['t'] = key.KeyType;
        _values['k'] = Convert.ToBase64String(key.Blob.Span);
        _values['f'] = (key as Certificate)?.Key.Fingerprint ?? key.Fingerprint;
        _values['C'] = string.Create(CultureInfo.InvariantCulture, $"{login.Source.Address} {login.Source.Port} {login.Local.Address} {login.Local.Port}");
        _values['D'] = "";
        if (key is not Certificate certificate) return;
        _values['i'] = certificate.KeyId;
        _values['s'] = certificate.Serial.ToString(CultureInfo.InvariantCulture);
        _values['T'] = certificate.SignatureKey.KeyType;
        _values['K'] = Convert.ToBase64String(certificate.SignatureKey.Blob.Span);
        _values['F'] = certificate.SignatureKey.Fingerprint;
    }

    /// <summary>The first token of a text that is not among the known letters; null when there is none.</summary>
    public static string? UnknownToken(string text, string known)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%') continue;
            if (++i == text.Length) return "%";
            if (!known.Contains(text[i], StringComparison.Ordinal)) return text.Substring(i - 1, 2);
        }

        return null;
    }

    /// <summary>Puts values in place of the tokens. One that stands for nothing here (the serial number of a plain key) becomes nothing.</summary>
    public string Expand(string text)
    {
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length) result.Append(text[i]);
            else result.Append(_values.GetValueOrDefault(text[++i], ""));
        }

        return result.ToString();
    }
}
