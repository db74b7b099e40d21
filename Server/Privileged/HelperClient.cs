using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged;

/// <summary>Asks the helper, over a connection of its own for each request.</summary>
internal sealed class HelperClient : IPrivilegedHelper
{
    private static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RestartTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RestartPoll = TimeSpan.FromMilliseconds(50);

    private readonly string _socket;
    private readonly IReadOnlyDictionary<PrivilegedTask, string> _missing;
    private readonly IAsyncDisposable? _owned;

    private HelperClient(string socket, string version, IReadOnlyDictionary<PrivilegedTask, string> missing, IAsyncDisposable? owned) =>
        (_socket, Version, _missing, _owned) = (socket, version, missing, owned);

    /// <summary>The helper's, which need not be ours.</summary>
    public string Version { get; }

    /// <summary>Greets the helper.</summary>
    /// <param name="socket">Its address.</param>
    /// <param name="missing">What cannot be done although there is a helper, and why.</param>
    /// <param name="owned">Ended with this.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="PrivilegedHelperException">Nobody is there, or not root, or another version.</exception>
    public static async Task<HelperClient> OpenAsync(
        string socket, IReadOnlyDictionary<PrivilegedTask, string> missing, IAsyncDisposable? owned, CancellationToken cancellationToken)
    {
        string version = await GreetAsync(socket, cancellationToken).ConfigureAwait(false);
        return new HelperClient(socket, version, missing, owned);
    }

    public string? Missing(PrivilegedTask task) => _missing.GetValueOrDefault(task);

    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GreetAsync(_socket, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (PrivilegedHelperException e)
        {
            return e.Message;
        }
    }

    public async Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.Authenticate);
        NetworkStream stream = await BeginAsync(_socket, HelperMessage.Authenticate, HelperFields.Authenticate(request), cancellationToken).ConfigureAwait(false);
        return new PamConversationClient(stream);
    }

    public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.ReadUserFiles);
        byte[] request = HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteByte(HelperFields.Version);
            writer.WriteString(user);
            writer.WriteString(path);
            writer.WriteUInt32((uint)maxSize);
        });
        return AskAsync(_socket, HelperMessage.ReadFile, request, HelperMessage.File, ReadFile, cancellationToken);
    }

    public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.SignWithUserKeys);
        byte[] request = HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteByte(HelperFields.Version);
            writer.WriteString(user);
            writer.WriteUInt32((uint)paths.Count);
            foreach (string path in paths) writer.WriteString(path);
        });
        return AskAsync(_socket, HelperMessage.ListKeys, request, HelperMessage.Keys, ReadKeys, cancellationToken);
    }

    public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.SignWithUserKeys);
        byte[] request = HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteByte(HelperFields.Version);
            writer.WriteString(user);
            writer.WriteString(path);
            writer.WriteString(key.Blob.Span);
            writer.WriteString(algorithm);
            writer.WriteString(data.Span);
        });
        return AskAsync(_socket, HelperMessage.Sign, request, HelperMessage.Signature, static frame => frame.Payload.ToArray(), cancellationToken);
    }

    public async Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.RunCommands);
        NetworkStream stream = await BeginAsync(_socket, HelperMessage.Run, HelperFields.Run(command), cancellationToken).ConfigureAwait(false);
        try
        {
            using Frame started = await ReadAsync(new FrameChannel(stream, stream), HelperMessage.Started, cancellationToken).ConfigureAwait(false);
            return new UserProcessClient(stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken)
    {
        Check(PrivilegedTask.StoreTickets);
        byte[] request = HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteByte(HelperFields.Version);
            writer.WriteString(user);
            writer.WriteString(cache.Span);
        });
        NetworkStream? stream = null;
        try
        {
            stream = await BeginAsync(_socket, HelperMessage.StoreTickets, request, cancellationToken).ConfigureAwait(false);
            using Frame stored = await ReadAsync(new FrameChannel(stream, stream), HelperMessage.TicketsStored, cancellationToken).ConfigureAwait(false);
            return new StoredTicketsClient(stream, System.Text.Encoding.UTF8.GetString(stored.Payload.Span));
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A message of the expected type; a refusal, or anything else, is an exception.</summary>
    internal static async Task<Frame> ReadAsync(FrameChannel channel, HelperMessage expected, CancellationToken cancellationToken)
    {
        try
        {
            if (await channel.ReadAsync(HelperFields.MaxFile + HelperFields.MaxText, cancellationToken).ConfigureAwait(false) is not { } frame)
                throw new PrivilegedHelperException("the helper closed the connection");
            if (frame.Type == expected) return frame;
            if (frame.Type == HelperMessage.Refused) throw new PrivilegedHelperException("the helper refuses: " + PeerText.Escape(RefusalOf(frame)));
            throw new PrivilegedHelperException($"the helper sent {frame.Type} where {expected} was due");
        }
        catch (Exception e) when (e is IOException or FrameException or SshProtocolException or ObjectDisposedException)
        {
            throw new PrivilegedHelperException("the helper cannot be used: " + e.Message, e);
        }
    }

    /// <summary>The helper's version.</summary>
    private static Task<string> GreetAsync(string socket, CancellationToken cancellationToken) => AskAsync(
        socket,
        HelperMessage.Hello,
        [HelperFields.Version],
        HelperMessage.Welcome,
        static frame =>
        {
            SshReader reader = frame.Read();
            HelperFields.CheckVersion(ref reader);
            return reader.ReadText(HelperFields.MaxName);
        },
        cancellationToken);

    private static string RefusalOf(Frame frame)
    {
        SshReader reader = frame.Read();
        return reader.ReadText();
    }

    private void Check(PrivilegedTask task)
    {
        if (Missing(task) is { } reason) throw new PrivilegedHelperException(reason);
    }

    private static async Task<T> AskAsync<T>(
        string socket, HelperMessage request, byte[] payload, HelperMessage reply, Func<Frame, T> read, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReplyTime);
        try
        {
            NetworkStream stream = await BeginAsync(socket, request, payload, limit.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using Frame frame = await ReadAsync(new FrameChannel(stream, stream), reply, limit.Token).ConfigureAwait(false);
                return read(frame);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PrivilegedHelperException("the helper did not answer in time", e);
        }
        catch (Exception e) when (e is SshProtocolException or FrameException)
        {
            throw new PrivilegedHelperException("the helper's answer is malformed: " + e.Message, e);
        }
    }

    /// <summary>A helper that is being started again is waited for.</summary>
    private static async Task<Socket> ConnectAsync(string name, CancellationToken cancellationToken)
    {
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(HelperSocket.EndPoint(name), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (Stopwatch.GetElapsedTime(begun) > RestartTime) throw new PrivilegedHelperException($"the helper cannot be reached on {name}: {e.Message}", e);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            await Task.Delay(RestartPoll, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<NetworkStream> BeginAsync(string name, HelperMessage request, byte[] payload, CancellationToken cancellationToken)
    {
        Socket socket = await ConnectAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            uint uid = SystemCalls.PeerUid(socket);
            if (uid != 0 && uid != SystemCalls.geteuid()) throw new PrivilegedHelperException($"whoever listens on {name} is not root but user {uid}");
            var stream = new NetworkStream(socket, ownsSocket: true);
            await new FrameChannel(stream, stream).WriteAsync(request, payload, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException or IOException) throw new PrivilegedHelperException($"the helper cannot be reached on {name}: {e.Message}", e);
            throw;
        }
    }

    private static UserFileContent ReadFile(Frame frame)
    {
        SshReader reader = frame.Read();
        bool isThere = reader.ReadBoolean();
        string problem = reader.ReadText();
        return new UserFileContent(isThere ? reader.ReadString().ToArray() : null, problem);
    }

    private static UserKeyList ReadKeys(Frame frame)
    {
        SshReader reader = frame.Read();
        var keys = new UserKey[HelperFields.Count(ref reader)];
        for (int i = 0; i < keys.Length; i++) keys[i] = new UserKey(reader.ReadText(), PublicKey.Parse(reader.ReadString()));
        string[] problems = new string[HelperFields.Count(ref reader)];
        for (int i = 0; i < problems.Length; i++) problems[i] = reader.ReadText();
        return new UserKeyList(keys, problems);
    }
}
