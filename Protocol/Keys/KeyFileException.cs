namespace SshGateway.Protocol.Keys;

/// <summary>Why a private key could not be had from a file.</summary>
public enum KeyFileProblem
{
    /// <summary>The file cannot be read.</summary>
    Unreadable,

    /// <summary>It is something else: a public key, a certificate, another program's format, plain text.</summary>
    NotAPrivateKey,

    /// <summary>It is encrypted and no passphrase was given.</summary>
    PassphraseNeeded,

    /// <summary>The passphrase does not fit.</summary>
    PassphraseWrong,

    /// <summary>A key type, cipher or key derivation that this program does not have.</summary>
    Unsupported,

    /// <summary>It begins like a key but its contents are damaged.</summary>
    Damaged,
}

/// <summary>A key file could not be used; the message names the file (when known) and says what is wrong.</summary>
public sealed class KeyFileException : Exception
{
    public KeyFileException(KeyFileProblem problem, string detail, string? file = null, Exception? inner = null)
        : base(file is null ? detail : $"{file}: {detail}", inner)
    {
        Problem = problem;
        Detail = detail;
        File = file;
    }

    public KeyFileProblem Problem { get; }

    /// <summary>The message without the file's name.</summary>
    public string Detail { get; }

    public string? File { get; }

    /// <summary>The same with the file it was about.</summary>
    public KeyFileException In(string file) => new(Problem, Detail, file, InnerException);

    internal static KeyFileException Unreadable(string file, Exception inner)
    {
        string reason = inner switch
        {
            FileNotFoundException or DirectoryNotFoundException => "no such file",
            UnauthorizedAccessException => "permission denied, or a directory",
            _ => inner.Message,
        };
        return new KeyFileException(KeyFileProblem.Unreadable, "cannot be read: " + reason, file, inner);
    }
}
