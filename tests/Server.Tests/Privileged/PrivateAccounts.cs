using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>
/// Users, passwords and PAM services of a machine that is not this one: a folder that takes the place of /etc for a process in a mount
/// namespace of its own. Their homes lie in a temporary folder.
/// </summary>
internal sealed partial class PrivateAccounts : IDisposable
{
    public const string Password = "korrekt-Pferd-ß-Батарея";
    public const int AliceId = 64001;
    public const int BobId = 64002;
    public const int GatewayId = 64010;
    public const int TeamId = 64100;

    /// <summary>Days since 1970 of the last change of a password that is not old.</summary>
    private static readonly string Today = ((int)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays).ToString(CultureInfo.InvariantCulture);

    public PrivateAccounts()
    {
        Folder = Directory.CreateTempSubdirectory("sshgateway-accounts-").FullName;
        Open(Folder, "711");
        foreach (string name in new[] { "etc", "etc/pam.d", "etc/ssl", "home", "run" }) Directory.CreateDirectory(At(name));
        Open(At("run"), "777");
        foreach (string name in new[] { "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "login.defs", "security", "localtime", "dotnet", "ssl/openssl.cnf", "alternatives", "hosts" })
        {
            if (Path.Exists("/etc/" + name)) Run("cp", "-a", "/etc/" + name, At("etc/" + name));
        }

        Write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n");
        WriteAccounts();
        CompileProbe();
        WriteServices();
        AddHome("alice", AliceId);
        AddHome("bob", BobId);
    }

    public string Folder { get; }

    public string At(string name) => Path.Combine(Folder, name);

    public string HomeOf(string user) => At("home/" + user);

    /// <summary>Arguments that run a program, through unshare(1), where these accounts hold.</summary>
    public IReadOnlyList<string> Inside(string program, params IEnumerable<string> arguments) =>
        ["-m", "--propagation", "private", "sh", "-ec", $"mount --bind '{At("etc")}' /etc; exec \"$@\"", "sh", program, .. arguments];

    public string Write(string name, string text, string mode = "644")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        Open(At(name), mode);
        return At(name);
    }

    /// <summary>A file in a home folder, owned by its user.</summary>
    public string WriteHome(string user, int uid, string name, string text, string mode = "600")
    {
        string path = Write($"home/{user}/{name}", text, mode);
        Give(Path.GetDirectoryName(path)!, uid);
        Give(path, uid);
        if (Path.GetDirectoryName(path) is { } folder && folder != HomeOf(user)) Open(folder, "700");
        return path;
    }

    public static void Give(string path, int uid) => Run("chown", "-h", $"{uid}:{uid}", path);

    public static void Open(string path, string mode) => Run("chmod", mode, path);

    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void WriteAccounts()
    {
        string hash = Crypt(Password);
        var passwd = new StringBuilder("root:x:0:0:root:/root:/bin/sh\n");
        var shadow = new StringBuilder("root:*:19000:0:99999:7:::\n");
        void Add(string name, int uid, string hashed, string rest)
        {
            passwd.Append(CultureInfo.InvariantCulture, $"{name}:x:{uid}:{uid}::{HomeOf(name)}:/bin/sh\n");
            shadow.Append(CultureInfo.InvariantCulture, $"{name}:{hashed}:{rest}\n");
        }

        Add("alice", AliceId, hash, Today + ":0:99999:7:::");
        Add("bob", BobId, hash, Today + ":0:99999:7:::");
        Add("expired", 64003, hash, Today + ":0:99999:7::1:");
        Add("locked", 64004, "!" + hash, Today + ":0:99999:7:::");
        Add("old", 64005, hash, "0:0:99999:7:::");
        Add("old2", 64007, hash, "0:0:99999:7:::");
        Add("empty", 64006, "", Today + ":0:99999:7:::");
        Add("nobody", 65534, "*", Today + ":0:99999:7:::");
        Add("sshgw", GatewayId, "*", Today + ":0:99999:7:::");
        Write("etc/passwd", passwd.ToString());
        Write("etc/shadow", shadow.ToString(), "600");
        Write("etc/group", $"root:x:0:\nalice:x:{AliceId}:\nbob:x:{BobId}:\nteam:x:{TeamId}:alice\nsshgw:x:{GatewayId}:\nnobody:x:65534:\n");
    }

    private void CompileProbe() => Run("gcc", "-shared", "-fPIC", "-w", "-o", At("pam_probe.so"), Path.Combine(AppContext.BaseDirectory, "Privileged/pam_probe.c"), "-l:libpam.so.0");

    private void WriteServices()
    {
        string probe = At("pam_probe.so");
        const string permit = "account required pam_permit.so\n";
        Write("etc/pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\n");
        Write("etc/pam.d/unix", "auth required pam_unix.so nodelay\naccount required pam_unix.so\npassword required pam_unix.so sha512\n");
        Write("etc/pam.d/nologin", $"auth required pam_permit.so\naccount required pam_nologin.so file={Write("nologin", "Maintenance until noon\n")}\n");
        Write("etc/pam.d/oath", $"auth required pam_oath.so usersfile={At("users.oath")} window=10 digits=6\n" + permit);
        // Misbehaves for users whose names tell it to; the others need their passwords.
        Write("etc/pam.d/moody", $"auth requisite {probe} by-user\nauth required pam_unix.so nodelay\naccount required pam_unix.so\n");
        Write("etc/pam.d/unix-session", $"auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required {probe} note {At("unix-session")}\n");
        Write("etc/pam.d/noted", $"auth required {probe} note {At("noted")}\n{permit}");
        Write("etc/pam.d/session", $"auth required pam_permit.so\n{permit}session required {probe} note {At("session")}\n");
        Write("etc/pam.d/no-session", $"auth required pam_permit.so\n{permit}session required {probe} refuse\n");
        foreach (string what in Misbehaviours) Write("etc/pam.d/" + what, $"auth required {probe} {what}\n{permit}");
    }

    public static IReadOnlyList<string> Misbehaviours { get; } =
        ["hang", "crash", "exit", "print", "print-little", "rename", "talk", "ask-forever", "several", "long", "items"];

    /// <summary>Every service, for the configuration.</summary>
    public static IEnumerable<string> Services => ["unix", "nologin", "oath", "noted", "session", "no-session", "moody", "unix-session", .. Misbehaviours];

    private void AddHome(string user, int uid)
    {
        Directory.CreateDirectory(HomeOf(user));
        Open(HomeOf(user), "700");
        Give(HomeOf(user), uid);
    }

    private static string Crypt(string password) => Marshal.PtrToStringAnsi(crypt(password, "$6$rounds=1000$sshgateway$"))!;

    [LibraryImport("libcrypt.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint crypt(string password, string setting);
}
