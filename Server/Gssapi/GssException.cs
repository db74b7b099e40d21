using System.Text;
using SshGateway.Protocol.Authentication;

namespace SshGateway.Server.Gssapi;

/// <summary>GSS-API said no. The message names the call and both statuses in words; it holds no secret.</summary>
internal sealed unsafe class GssException : Exception
{
    private const int MaxTexts = 8;

    private GssException(string message, GssapiError error) : base(message) => Error = error;

    public GssException(string message) : this(message, new GssapiError(0, 0, message))
    {
    }

    public GssapiError Error { get; }

    /// <exception cref="GssException">The status is an error.</exception>
    public static void Check(string call, uint major, uint minor)
    {
        if (LibGssapi.IsError(major)) throw Of(call, major, minor);
    }

    public static GssException Of(string call, uint major, uint minor)
    {
        string text = Describe(major, LibGssapi.CodeOfApi);
        if (minor != 0) text += ": " + Describe(minor, LibGssapi.CodeOfMechanism);
        return new GssException($"{call}: {text}", new GssapiError(major, minor, text));
    }

    private static string Describe(uint status, int type)
    {
        var texts = new List<string>();
        uint more = 0;
        do
        {
            uint minor;
            LibGssapi.Buffer text = default;
            if (LibGssapi.IsError(LibGssapi.gss_display_status(&minor, status, type, LibGssapi.Kerberos, &more, &text))) break;
            texts.Add(Encoding.UTF8.GetString(text.Span));
            _ = LibGssapi.gss_release_buffer(&minor, &text);
        }
        while (more != 0 && texts.Count < MaxTexts);
        return texts.Count > 0 ? string.Join(", ", texts) : $"status {status:x8}";
    }
}
