namespace SshGateway.Interop.Tests.Harness;

/// <summary>A key pair made by ssh-keygen.</summary>
internal sealed record KeyPair(string PrivateFile)
{
    public string PublicFile => PrivateFile + ".pub";

    /// <summary>Type and blob, without the comment.</summary>
    public string PublicText => string.Join(' ', File.ReadAllText(PublicFile).Split(' ')[..2]).Trim();

    /// <summary>SHA256:…</summary>
    public string Fingerprint() => "SHA256:" + Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Convert.FromBase64String(PublicText.Split(' ')[1]))).TrimEnd('=');

    public static async Task<KeyPair> GenerateAsync(TemporaryFolder folder, string name, string type = "ed25519", int? bits = null)
    {
        string file = folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        List<string> arguments = ["-q", "-t", type, "-N", "", "-C", name, "-f", file];
        if (bits is int size)
        {
            arguments.AddRange(["-b", size.ToString()]);
        }

        (await ChildProcess.RunAsync("ssh-keygen", arguments)).Succeeded();
        return new KeyPair(file);
    }
}
