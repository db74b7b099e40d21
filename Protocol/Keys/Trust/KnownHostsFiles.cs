using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>
/// known_hosts files on disk. <see cref="Current"/> is reread when a file has changed; <see cref="AddAsync"/> appends, safely beside
/// other threads and processes. Missing files count as empty.
/// </summary>
public sealed partial class KnownHostsFiles
{
    private const int MaxFileSize = 64 * 1024 * 1024;
    private const int OpenReadOnly = 0;
    private const int OpenReadWrite = 2;
    private const int OpenCreate = 0x40;
    private const int OpenCloseOnExec = 0x80000;
    private const int OwnerReadWrite = 0x180;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(5);
    private static readonly SearchValues<byte> NotInNames = SearchValues.Create(" \t\r\n,*?!|@#"u8);
    private readonly Lock _lock = new();
    private readonly string[] _paths;
    private readonly FileSnapshot?[] _files;
    private KnownHosts _current = KnownHosts.Empty;

    public KnownHostsFiles(IEnumerable<string> paths)
    {
        _paths = [.. paths];
        _files = new FileSnapshot?[_paths.Length];
    }

    /// <summary>Called with the file, and a line that cannot be used, whenever a changed file is read.</summary>
    public Action<string, LineProblem>? ProblemFound { get; init; }

    /// <summary>The files as they are now (a stat call each when nothing changed).</summary>
    /// <exception cref="IOException">A file exists but cannot be read: nothing must be trusted or taken for unknown then.</exception>
    public KnownHosts Current
    {
        get
        {
            lock (_lock)
            {
                bool changed = false;
                for (int i = 0; i < _paths.Length; i++) changed |= Refresh(i);
                if (changed) _current = KnownHosts.Combine(_files.Where(file => file is not null).Select(file => file!.Hosts));
                return _current;
            }
        }
    }

    /// <summary>
    /// Adds a key for a host to <paramref name="path"/> (made when missing), unless the file has come to know the host meanwhile:
    /// the result is <see cref="HostKeyStatus.Trusted"/> when the key stands there now, else what the file says instead.
    /// </summary>
    public static async ValueTask<HostKeyCheck> AddAsync(
        string path, string host, int port, PublicKey key, bool hashName = false, CancellationToken cancellationToken = default)
    {
        await using FileStream stream = Open(path, OpenReadWrite | OpenCreate, FileAccess.ReadWrite);
        await LockAsync(stream.SafeFileHandle, path, cancellationToken);

        // The lock goes with the descriptor, also when the process is killed.
        byte[] content = ReadBounded(stream, path);
        PublicKey plain = (key as Certificate)?.Key ?? key;
        HostKeyCheck known = KnownHosts.Parse(path, content).Check(host, port, plain);
        if (known.Status != HostKeyStatus.Unknown || known.Expected.Count > 0) return known;
        string line = LineFor(host, port, plain, hashName);

        // A writer that died in the middle may have left a line without an end.
        if (content.Length > 0 && content[^1] != '\n') line = "\n" + line;
        stream.Position = content.Length;
        stream.Write(Encoding.UTF8.GetBytes(line));
        return new HostKeyCheck(HostKeyStatus.Trusted, []);
    }

    /// <summary>
    /// Opens without the advisory lock that <see cref="FileStream"/> takes of itself: it would fail at once, readers included, while
    /// another writer holds the lock that is meant here.
    /// </summary>
    private static FileStream Open(string path, int flags, FileAccess access)
    {
        int descriptor = open(path, flags | OpenCloseOnExec, OwnerReadWrite);
        if (descriptor < 0) throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), access, bufferSize: 0);
    }

    private static string LineFor(string host, int port, PublicKey key, bool hashName)
    {
        byte[] name = Encoding.UTF8.GetBytes(KnownHosts.NameOf(host, port));
        if (name.AsSpan().ContainsAny(NotInNames)) throw new ArgumentException("not a host name", nameof(host));
        return $"{(hashName ? KnownHostsLine.HashName(name) : Encoding.UTF8.GetString(name))} {key}\n";
    }

    private static async ValueTask LockAsync(SafeFileHandle file, string path, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (flock(file, LockExclusive | LockNonBlocking) != 0)
        {
            if (TimeProvider.System.GetElapsedTime(start) > LockTimeout) throw new IOException($"{path}: another process holds its lock");
            await Task.Delay(LockRetry, cancellationToken);
        }
    }

    private static byte[] ReadBounded(FileStream stream, string path)
    {
        if (stream.Length > MaxFileSize) throw new IOException($"{path}: larger than {MaxFileSize} bytes");
        byte[] content = new byte[stream.Length];
        int size = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return size == content.Length ? content : content[..size];
    }

    private bool Refresh(int index)
    {
        var info = new FileInfo(_paths[index]);
        FileSnapshot? old = _files[index];
        if (!info.Exists)
        {
            _files[index] = null;
            return old is not null;
        }

        if (old is not null && old.Size == info.Length && old.Changed == info.LastWriteTimeUtc) return false;
        using FileStream stream = Open(_paths[index], OpenReadOnly, FileAccess.Read);
        var problems = new List<LineProblem>();
        byte[] content = ReadBounded(stream, _paths[index]);
        _files[index] = new FileSnapshot(KnownHosts.Parse(_paths[index], content, problems), content.Length, info.LastWriteTimeUtc);
        foreach (LineProblem problem in problems) ProblemFound?.Invoke(_paths[index], problem);
        return true;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    private sealed record FileSnapshot(KnownHosts Hosts, long Size, DateTime Changed);
}
