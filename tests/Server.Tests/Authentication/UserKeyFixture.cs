using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>An authority on user keys with files in a folder of its own, a clock that stands still and a log that can be read.</summary>
internal sealed class UserKeyFixture : IDisposable
{
    public static readonly DateTimeOffset Now = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("sshgateway-userkeys-").FullName;
    private readonly TestLog _log = new();

    public UserKeyFixture() =>
        Auth = new AuthConfiguration { AuthorizedKeys = [Path("{user}.keys")], RequireSystemUser = false };

    public static PrivateKey Key { get; } = PrivateKey.GenerateEd25519();

    public static PrivateKey Authority { get; } = PrivateKey.GenerateEd25519();

    /// <summary>1,024 bits, which our own generator refuses to make.</summary>
    public static PrivateKey ShortRsa { get; } = GenerateShort();

    public AuthConfiguration Auth { get; set; }

    public string Source { get; set; } = "192.0.2.7";

    public IPrivilegedHelper Helper { get; set; } = new NoPrivilege();

    public string Log => string.Join('\n', _log.Lines);

    /// <summary>A certificate that lets alice in when its authority is trusted.</summary>
    public static CertificateBuilder Builder => new()
    {
        Key = Key.PublicKey,
        KeyId = "alice@example",
        Serial = 5,
        Principals = ["alice"],
        ValidAfter = Now.AddHours(-1),
        ValidBefore = Now.AddHours(1),
        Extensions = CertificateBuilder.DefaultExtensions,
    };

    public static async Task<Certificate> CertifyAsync(Func<CertificateBuilder, CertificateBuilder>? change = null, PrivateKey? authority = null) =>
        await (change?.Invoke(Builder) ?? Builder).SignAsync(authority ?? Authority, default);

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(Path(name), content);
        File.SetUnixFileMode(Path(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Path(name);
    }

    /// <summary>Trusts <see cref="Authority"/> (or another key) by <c>auth.trusted_user_ca</c>.</summary>
    public UserKeyFixture Trust(PublicKey? authority = null)
    {
        Auth = Auth with { TrustedUserCa = [Write("ca.pub", (authority ?? Authority.PublicKey) + "\n")] };
        return this;
    }

    public UserKeyAuthority Create() => new(new LoginContext
    {
        Auth = Auth,
        KeyFiles = new KeyFileCache(),
        SessionId = "0123456789",
        Source = new IPEndPoint(IPAddress.Parse(Source), 4711),
        Local = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 22),
        Helper = Helper,
        Logger = _log,
        Time = new StoppedTime(),
    });

    /// <summary>What the key permits the user; null when it does not let him in.</summary>
    public async Task<AuthorizedKeyOptions?> JudgeAsync(PublicKey key, string user = "alice")
    {
        UserKeyAuthority authority = Create();
        bool accepted = await authority.IsAcceptedAsync(user, key, key.SignatureAlgorithms[0], default);
        AuthorizedKeyOptions? options = authority.OptionsOf(key);
        Xunit.Assert.Equal(accepted, options is not null);
        return options;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static PrivateKey GenerateShort()
    {
        using var rsa = RSA.Create(1024);
        return PrivateKey.Parse(System.Text.Encoding.ASCII.GetBytes(rsa.ExportRSAPrivateKeyPem()));
    }

    /// <summary>Only what time it is stands still; timers run.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class TestLog : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
