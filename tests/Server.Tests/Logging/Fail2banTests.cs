using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using Xunit;

namespace SshGateway.Server.Tests.Logging;

/// <summary>fail2ban's own filter for sshd, unchanged, finds failed logins in our logs and nothing else.</summary>
public sealed class Fail2banTests
{
    private static readonly (string Address, Action<ILogger, IPAddress> Log)[] Failures =
    [
        ("192.0.2.1", (log, a) => log.LoginFailed("0A1", "password", "alice", a, 40001)),
        ("192.0.2.2", (log, a) => log.LoginFailed("0A2", "password", "invalid user x", a, 40002)),
        ("192.0.2.3", (log, a) => log.LoginFailed("0A3", "keyboard-interactive/pam", "invalid user a b from 203.0.113.9", a, 40003)),
        ("192.0.2.4", (log, a) => log.InvalidUser("0A4", "nobody", a, 40004)),
        ("192.0.2.5", (log, a) => log.TooManyAttempts("0A5", "root", a, 40005)),
        ("192.0.2.6", (log, a) => log.LoginForbidden("0A6", "bob", a, "allow_users")),
        ("192.0.2.7", (log, a) => log.LoginForbidden("0A7", "bob", a, "deny_users")),
        ("192.0.2.8", (log, a) => log.LoginForbidden("0A8", "bob", a, "allow_groups")),
        ("192.0.2.9", (log, a) => log.LoginForbidden("0A9", "bob", a, "deny_groups")),
        ("192.0.2.10", (log, a) => log.LoginForbidden("0AA", "root", a, "allow_root")),
        ("2001:db8::7", (log, a) => log.LoginFailed("0AB", "password", "alice", a, 40006)),
    ];

    [Fail2banFact]
    public void The_filter_for_sshd_finds_failed_logins_in_a_log_file()
    {
        using var fixture = new LogFixture("");
        Write(fixture.Hub);
        Assert.Equal(Failures.Select(failure => failure.Address), Found(fixture.Output));
    }

    [Fail2banFact]
    public void The_filter_for_sshd_finds_failed_logins_in_what_syslog_writes()
    {
        var log = new StringBuilder();
        using var fixture = new LogFixture("");
        var sink = new Lines(fixture, log, FromSyslog);
        Write(sink);
        Assert.Equal(Failures.Select(failure => failure.Address), Found(log.ToString()));
    }

    [Fail2banFact]
    public void The_filter_for_sshd_finds_failed_logins_in_the_journal()
    {
        var log = new StringBuilder();
        using var fixture = new LogFixture("");
        Write(new Lines(fixture, log, FromJournal));
        Assert.Equal(Failures.Select(failure => failure.Address), Found(log.ToString()));
    }

    [Fail2banFact]
    public void Its_aggressive_mode_finds_scanners_too_and_nobody_who_got_in()
    {
        using var fixture = new LogFixture("");
        IPAddress scanner = IPAddress.Parse("192.0.2.30"), left = IPAddress.Parse("192.0.2.31"), old = IPAddress.Parse("192.0.2.32");
        fixture.Hub.NoSshClient("0C1", scanner, 40000);
        fixture.Hub.ClosedUnauthenticated("0C2", "authenticating user alice", left, 40000);
        fixture.Hub.NotNegotiated("0C3", old, 40000, "no matching key exchange method found.");
        fixture.Hub.Accepted("0C4", "publickey", "alice", IPAddress.Parse("198.51.100.1"), 40000, "ED25519 SHA256:x");
        fixture.Hub.Ended("0C4", 1.5, "the client left", 10, 20);
        Assert.Equal([scanner.ToString(), left.ToString(), old.ToString()], Found(fixture.Output, "[mode=aggressive]"));
    }

    private static void Write(ILogger log)
    {
        foreach ((string address, Action<ILogger, IPAddress> write) in Failures) write(log, IPAddress.Parse(address));
        // None of these is a failure.
        IPAddress innocent = IPAddress.Parse("198.51.100.1");
        log.Accepted("0B1", "publickey", "alice", innocent, 40000, "ED25519 SHA256:x");
        log.KeyRefused("0B2", "publickey", "alice", innocent, 40000, "ED25519 SHA256:x");
        log.ClosedUnauthenticated("0B2", "authenticating user alice", innocent, 40000);
        log.NoSshClient("0B3", innocent, 40000);
        log.LoginTimeout("0B4", innocent, 40000);
        log.Ended("0B1", 1.5, "the client left", 10, 20);
    }

    /// <summary>The addresses of failed logins, in the order of their lines.</summary>
    private static string[] Found(string log, string options = "")
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, log);
            var start = new ProcessStartInfo("/usr/bin/fail2ban-regex", ["-o", "ip", file, options.Length == 0 ? "/etc/fail2ban/filter.d/sshd.conf" : "sshd" + options]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(output.Length > 0, $"{error.Result}\n{log}");
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A datagram as rsyslog writes it into auth.log: without the priority, with the name of the machine.</summary>
    private static string FromSyslog(LogEntry entry)
    {
        string datagram = Encoding.UTF8.GetString(SyslogSink.Datagram(entry, LogFormat.Text));
        string line = datagram[(datagram.IndexOf('>', StringComparison.Ordinal) + 1)..];
        return $"{line[..16]}gw {line[16..]}";
    }

    /// <summary>Fields of the journal as fail2ban puts them together: time, machine, identifier, message.</summary>
    private static string FromJournal(LogEntry entry)
    {
        Dictionary<string, string> fields = JournalTests.Parse(JournalSink.Datagram(entry, LogFormat.Text));
        return $"2026-03-04T05:06:07.000000 gw {fields["SYSLOG_IDENTIFIER"]}[{fields["SYSLOG_PID"]}]: {fields["MESSAGE"]}";
    }

    private sealed class Lines(LogFixture fixture, StringBuilder log, Func<LogEntry, string> written) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Append(written(fixture.Hub.Entry(logLevel, eventId, state, exception, formatter))).Append('\n');
    }
}

internal sealed class Fail2banFactAttribute : FactAttribute
{
    public Fail2banFactAttribute()
    {
        if (!File.Exists("/usr/bin/fail2ban-regex")) Skip = "fail2ban-regex (Debian package fail2ban) is not installed";
    }
}
