using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Authentication;
using SshGateway.Server.Commands;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>One connection of the gateway: one request.</summary>
internal sealed class AuthdConnection(Socket socket, AuthdOptions options, AuthdShared shared, ILogger log)
{
    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(10);

    private readonly HelperPolicy _policy = options.Policy.Current;

    public async Task ServeAsync(CancellationToken stopping)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var channel = new FrameChannel(stream, stream);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            limit.CancelAfter(RequestTime);
            if (await channel.ReadAsync(FrameChannel.MaxRequest, limit.Token).ConfigureAwait(false) is not { } request) return;
            using (request) await HandleAsync(channel, request, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is PrivilegedHelperException or FrameException or SshProtocolException)
        {
            log.RequestRefused(PeerText.Escape(e.Message));
            await RefuseAsync(channel, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The gateway has gone, or we are to go.
        }
        catch (Exception e)
        {
            log.AuthdFailed(e);
        }
    }

    private Task HandleAsync(FrameChannel channel, in Frame request, CancellationToken stopping) => request.Type switch
    {
        HelperMessage.Hello => channel.WriteAsync(HelperMessage.Welcome, Welcome(request.Read()), stopping).AsTask(),
        HelperMessage.Authenticate => AuthenticateAsync(channel, HelperFields.ReadAuthenticate(request.Read()), stopping),
        HelperMessage.ReadFile => ReadFileAsync(channel, request, stopping),
        HelperMessage.ListKeys => ListKeysAsync(channel, request, stopping),
        HelperMessage.Sign => SignAsync(channel, request, stopping),
        HelperMessage.StoreTickets => StoreTicketsAsync(channel, request, stopping),
        HelperMessage.Run => RunAsync(channel, HelperFields.ReadRun(request.Read()), stopping),
        _ => throw new FrameException($"message {request.Type} is no request"),
    };

    private static byte[] Welcome(SshReader reader)
    {
        HelperFields.CheckVersion(ref reader);
        return HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteByte(HelperFields.Version);
            writer.WriteString(VersionCommand.Version);
        });
    }

    private async Task AuthenticateAsync(FrameChannel channel, PamRequest request, CancellationToken stopping)
    {
        if (!_policy.Services.Contains(request.Service, StringComparer.Ordinal) || !PamServices.IsName(request.Service))
            throw new PrivilegedHelperException($"PAM service {request.Service} is not one of auth.pam_service");
        using IDisposable turn = await shared.EnterConversationAsync(stopping).ConfigureAwait(false);
        if (request.AccountOnly)
        {
            await shared.Accounts.UseAsync(child => new PamRelay(channel, child, request, options, log).RunAsync(stopping), stopping).ConfigureAwait(false);
            return;
        }

        AuthdChild child = await shared.Children.TakeAsync(stopping).ConfigureAwait(false);
        await using (child.ConfigureAwait(false)) await new PamRelay(channel, child, request, options, log).RunAsync(stopping).ConfigureAwait(false);
    }

    private async Task ReadFileAsync(FrameChannel channel, Frame request, CancellationToken stopping)
    {
        (string name, string path, int maxSize) = ParseReadFile(request.Read());
        SystemUser user = await FindAsync(name).ConfigureAwait(false);
        if (!_policy.AllowsFile(user, path)) throw new PrivilegedHelperException($"the configuration names no file {path} for {name}");
        UserFileContent file = await shared.Files.ReadAsync(user, path, Math.Min(maxSize, HelperFields.MaxFile), stopping).ConfigureAwait(false);
        await channel.WriteAsync(HelperMessage.File, HelperFields.Build((ref SshWriter writer) =>
        {
            writer.WriteBoolean(file.Content is not null);
            writer.WriteString(file.Problem);
            writer.WriteString(file.Content);
        }), stopping).ConfigureAwait(false);
    }

    private async Task ListKeysAsync(FrameChannel channel, Frame request, CancellationToken stopping)
    {
        (string name, string[] paths) = ParseListKeys(request.Read());
        SystemUser user = await FindAsync(name).ConfigureAwait(false);
        var keys = new List<UserKey>();
        var problems = new List<string>();
        foreach (string path in paths)
        {
            if (!_policy.AllowsKey(user, path)) throw new PrivilegedHelperException($"the configuration names no key {path} for {name}");
            (PrivateKey? key, string problem) = await shared.Files.ReadKeyAsync(user, path, stopping).ConfigureAwait(false);
            using (key)
            {
                if (key is not null) keys.Add(new UserKey(path, key.PublicKey));
                else if (problem.Length > 0) problems.Add($"{path}: {problem}");
            }
        }

        await channel.WriteAsync(HelperMessage.Keys, WriteKeys(keys, problems), stopping).ConfigureAwait(false);
    }

    private async Task SignAsync(FrameChannel channel, Frame request, CancellationToken stopping)
    {
        SignRequest sign = SignRequest.Parse(request.Read());
        SystemUser user = await FindAsync(sign.User).ConfigureAwait(false);
        if (!_policy.AllowsKey(user, sign.Path)) throw new PrivilegedHelperException($"the configuration names no key {sign.Path} for {sign.User}");
        if (!sign.IsUserauthRequest) throw new PrivilegedHelperException("only requests for authentication are signed");
        (PrivateKey? key, string problem) = await shared.Files.ReadKeyAsync(user, sign.Path, stopping).ConfigureAwait(false);
        using (key)
        {
            if (key is null) throw new PrivilegedHelperException($"{sign.Path}: {(problem.Length > 0 ? problem : "no such file")}");
            if (!key.PublicKey.Blob.Span.SequenceEqual(sign.Blob) || !key.PublicKey.SignatureAlgorithms.Contains(sign.Algorithm, StringComparer.Ordinal))
                throw new PrivilegedHelperException($"{sign.Path} holds another key");
            byte[] signature = key.Sign(sign.Algorithm, sign.Data);
            log.Signed(PeerText.Escape(sign.Path), PeerText.Escape(sign.User));
            await channel.WriteAsync(HelperMessage.Signature, signature, stopping).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(FrameChannel channel, UserCommand command, CancellationToken stopping)
    {
        SystemUser user = await FindAsync(command.User).ConfigureAwait(false);
        string program = command.Arguments[0];
        if (!_policy.AllowsProgram(user, program))
        {
            if (!_policy.AllowsLookup(user, program)) throw new PrivilegedHelperException($"the configuration names no program {program} for {user.Name}");
            // Anybody can make the gateway look something up.
            using IDisposable turn = await shared.EnterLookupAsync(stopping).ConfigureAwait(false);
            if (UserFile.ProgramProblem(program) is { } problem) throw new PrivilegedHelperException($"{program}: {problem}");
            await StartAsync(channel, command, stopping).ConfigureAwait(false);
            return;
        }

        await StartAsync(channel, command, stopping).ConfigureAwait(false);
    }

    private async Task StartAsync(FrameChannel channel, UserCommand command, CancellationToken stopping)
    {
        log.CommandStarted(PeerText.Escape(command.Arguments[0]), PeerText.Escape(command.User));
        AuthdChild child = await shared.Children.TakeAsync(stopping).ConfigureAwait(false);
        await using (child.ConfigureAwait(false))
        {
            using var relay = new CommandRelay(channel, child, command);
            await relay.RunAsync(stopping).ConfigureAwait(false);
        }
    }

    /// <summary>The file is there as long as the connection.</summary>
    private async Task StoreTicketsAsync(FrameChannel channel, Frame request, CancellationToken stopping)
    {
        if (!_policy.KeepsTickets) throw new PrivilegedHelperException("the configuration has no use for tickets");
        (string name, byte[] cache) = ParseTickets(request.Read());
        try
        {
            SystemUser user = await FindAsync(name).ConfigureAwait(false);
            TicketFile file = await UserIdentity.RunAsync(user, () => TicketFile.Create(user.Uid, cache)).ConfigureAwait(false);
            try
            {
                await channel.WriteAsync(HelperMessage.TicketsStored, System.Text.Encoding.UTF8.GetBytes(file.Path), stopping).ConfigureAwait(false);
                using Frame? end = await channel.ReadAsync(0, stopping).ConfigureAwait(false);
            }
            finally
            {
                await UserIdentity.RunAsync(user, file.Delete).ConfigureAwait(false);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(cache);
        }
    }

    private static (string User, byte[] Cache) ParseTickets(SshReader reader)
    {
        HelperFields.CheckVersion(ref reader);
        string user = HelperFields.Name(ref reader);
        byte[] cache = GC.AllocateUninitializedArray<byte>(reader.Remaining >= 4 ? reader.Remaining - 4 : 0, pinned: true);
        ReadOnlySpan<byte> sent = reader.ReadString(IPrivilegedHelper.MaxTickets);
        if (sent.Length == cache.Length) sent.CopyTo(cache);
        reader.ExpectEnd();
        return (user, cache);
    }

    /// <summary>On a thread of the pool: the name service may take its time.</summary>
    private static async Task<SystemUser> FindAsync(string name) =>
        await Task.Run(() => UserDirectory.Find(name)).ConfigureAwait(false) ?? throw new PrivilegedHelperException($"the system knows no user {name}");

    private static (string User, string Path, int MaxSize) ParseReadFile(SshReader reader)
    {
        HelperFields.CheckVersion(ref reader);
        var parsed = (HelperFields.Name(ref reader), HelperFields.Text(ref reader, HelperFields.MaxPath), (int)Math.Min(reader.ReadUInt32(), HelperFields.MaxFile));
        reader.ExpectEnd();
        return parsed;
    }

    private static (string User, string[] Paths) ParseListKeys(SshReader reader)
    {
        const int maxKeys = 32;
        HelperFields.CheckVersion(ref reader);
        string user = HelperFields.Name(ref reader);
        string[] paths = new string[HelperFields.Count(ref reader)];
        if (paths.Length > maxKeys) throw new FrameException($"{paths.Length} keys");
        for (int i = 0; i < paths.Length; i++) paths[i] = HelperFields.Text(ref reader, HelperFields.MaxPath);
        reader.ExpectEnd();
        return (user, paths);
    }

    private static byte[] WriteKeys(List<UserKey> keys, List<string> problems) => HelperFields.Build((ref SshWriter writer) =>
    {
        writer.WriteUInt32((uint)keys.Count);
        foreach (UserKey key in keys)
        {
            writer.WriteString(key.Path);
            writer.WriteString(key.PublicKey.Blob.Span);
        }

        writer.WriteUInt32((uint)problems.Count);
        foreach (string problem in problems) writer.WriteString(problem);
    });

    private static async Task RefuseAsync(FrameChannel channel, string reason)
    {
        using var limit = new CancellationTokenSource(RequestTime);
        try
        {
            await channel.WriteAsync(HelperMessage.Refused, HelperFields.Build((ref SshWriter writer) => writer.WriteString(reason)), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody is there to hear it.
        }
    }
}
