using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using SshGateway.Server.Tests.Configuration;
using SshGateway.Server.Tests.Listeners;

namespace SshGateway.Server.Tests.Logging;

/// <summary>A hub whose standard output is kept, and a folder for its files.</summary>
internal sealed class LogFixture : IDisposable
{
    private readonly MemoryStream _output = new();

    public LogFixture(string yaml, string syslog = "/nonexistent/log", string? journal = null)
    {
        Configuration = Loaded.Yaml(yaml.Replace("FOLDER", Folder, StringComparison.Ordinal));
        Hub = new LogHub(Configuration, _output, Time, syslog, journal);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("sgl-").FullName;

    public GatewayConfiguration Configuration { get; }

    public LogHub Hub { get; }

    public ManualTime Time { get; } = new();

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    /// <summary>The log of a user's session, after he has logged in.</summary>
    public SessionLogger Session(string user)
    {
        var log = new SessionLogger(Hub);
        log.Follow(Configuration.RouteFor(user, [], null), new PatternExpander { User = user });
        return log;
    }

    public string File(string name) => System.IO.File.ReadAllText(Path.Combine(Folder, name));

    public void Dispose()
    {
        Hub.Dispose();
        _output.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

internal static partial class TestLog
{
    [LoggerMessage(900, LogLevel.Information, "session={Session} did {What} {Count} times")]
    public static partial void Did(this ILogger logger, string session, string what, int count);

    [LoggerMessage(901, LogLevel.Debug, "session={Session} detail")]
    public static partial void Detail(this ILogger logger, string session);

    [LoggerMessage(902, LogLevel.Error, "session={Session} broken")]
    public static partial void Broken(this ILogger logger, Exception error, string session);
}
