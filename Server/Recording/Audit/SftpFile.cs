namespace SshGateway.Server.Recording.Audit;

/// <summary>A file or folder that is open in an sftp session.</summary>
internal sealed class SftpFile(string path, bool isFolder)
{
    public string Path { get; } = path;

    public bool IsFolder { get; } = isFolder;

    public long BytesRead { get; set; }

    public long BytesWritten { get; set; }

    /// <summary>The first error of a read or write, end of file aside; null: none.</summary>
    public string? Error { get; set; }
}
