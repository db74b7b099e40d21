using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Says whether a password is a user's. The bytes are the caller's: they are cleared when the call has returned.</summary>
public interface IPasswordAuthority
{
    /// <param name="user">User name as given; he may not exist.</param>
    /// <param name="password">UTF-8, 1 to 1,024 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<PasswordVerdict> CheckAsync(string user, ReadOnlyMemory<byte> password, CancellationToken cancellationToken);

    /// <summary>Changes a password that has expired; <see cref="PasswordVerdict.Accepted"/> lets the user in with the new one.</summary>
    ValueTask<PasswordVerdict> ChangeAsync(string user, ReadOnlyMemory<byte> oldPassword, ReadOnlyMemory<byte> newPassword, CancellationToken cancellationToken);
}

/// <summary>What a password was worth.</summary>
/// <param name="IsAccepted">The user is who he says.</param>
/// <param name="ChangePrompt">Not null: the password is right but has expired, and the user is asked for a new one with this text.</param>
public readonly record struct PasswordVerdict(bool IsAccepted, string? ChangePrompt)
{
    public static PasswordVerdict Accepted => new(true, null);

    public static PasswordVerdict Refused => default;

    public static PasswordVerdict Expired(string prompt) => new(false, prompt);
}

/// <summary>Method password (RFC 4252 §8), with the change of an expired one.</summary>
public sealed class PasswordServerMethod(IPasswordAuthority authority) : ServerAuthenticationMethod
{
    public const int MaxPasswordLength = 1024;
    internal const string MethodName = "password";

    public override string Name => MethodName;

    public override async ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        (byte[] password, byte[]? changed) = Parse(request);
        try
        {
            // An empty password proves nothing, whatever the system would say of it.
            if (!IsPossible(password) || (changed is not null && !IsPossible(changed))) return MethodOutcome.Failure;
            PasswordVerdict verdict = changed is null
                ? await authority.CheckAsync(request.User, password, cancellationToken).ConfigureAwait(false)
                : await authority.ChangeAsync(request.User, password, changed, cancellationToken).ConfigureAwait(false);
            if (verdict.IsAccepted) return MethodOutcome.Success(new AuthenticatedUser(request.User, MethodName, null));
            if (verdict.ChangePrompt is null) return MethodOutcome.Failure;
            WriteChangeRequest(transport, verdict.ChangePrompt);
            return MethodOutcome.Answered;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
            CryptographicOperations.ZeroMemory(changed);
        }
    }

    private static bool IsPossible(byte[] password) => password.Length is > 0 and <= MaxPasswordLength && !password.AsSpan().Contains((byte)0);

    private static (byte[] Password, byte[]? Changed) Parse(UserauthRequest request)
    {
        // boolean change, string password, [string new password]
        var reader = new SshReader(request.Fields);
        bool isChange = reader.ReadBoolean();
        byte[] password = reader.ReadString().ToArray();
        byte[]? changed = isChange ? reader.ReadString().ToArray() : null;
        reader.ExpectEnd();
        return (password, changed);
    }

    private static void WriteChangeRequest(SshTransport transport, string prompt)
    {
        // byte SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, string prompt, string language tag
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.UserauthPasswdChangereq);
        writer.WriteString(prompt);
        writer.WriteString("");
        transport.Write(writer.Written);
    }
}
