using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>Keys, principals and users that are not in home folders: programs, the state directory, users that the system does not know.</summary>
[Collection(LoginCollection.Name)]
public sealed class LookupTests(LoginBed bed)
{
    [RootFact]
    public async Task A_program_prints_the_keys_of_a_user_as_somebody_else()
    {
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "keys/looked-up");
        string program = Program("keys", $"echo \"$(id -un) $*\" >>{NoteFor("keys")}; [ \"$1\" = alice ] && echo 'restrict,command=\"echo limited\" {key.PublicText}'; exit 0");
        await using LoginGateway gateway = await bed.StartAsync(
            $"pam_service: unix\nauthorized_keys: []\nauthorized_keys_command: {program} %u %U %h %t %f %k '%C' 100%%\nauthorized_keys_command_user: bob");
        LoginAttempt login = await gateway.KeyAsync("alice", key);
        Assert.True(login.Result.OutputText == "limited\n", $"{login}\n{gateway.LogText}");
        string[] said = (await File.ReadAllLinesAsync(NoteFor("keys")))[0].Split(' ');
        Assert.Equal(["bob", "alice", "64001", bed.Accounts.HomeOf("alice"), "ssh-ed25519"], said[..5]);
        Assert.StartsWith("SHA256:", said[5], StringComparison.Ordinal);
        Assert.Equal(key.PublicText.Split(' ')[1], said[6]);
        Assert.Equal(["127.0.0.1", gateway.Port.ToString(), "100%"], [said[7], said[10], said[11]]);
        // Nobody else is let in by it.
        Assert.Equal(255, (await gateway.KeyAsync("bob", key, "wrong")).Result.ExitStatus);
    }

    [RootFact]
    public async Task A_program_that_fails_hangs_or_floods_lets_nobody_in_and_costs_nobody_else_anything()
    {
        string program = Program("moody", $"case $1 in alice) cat {bed.AliceKey.PublicFile}; exit 3;; bob) yes '# x';; *) exit 0;; esac");
        Open(bed.AliceKey.PublicFile);
        await using LoginGateway gateway = await bed.StartAsync($"methods: [publickey]\npam_service: unix\nauthorized_keys: [\"{bed.Accounts.At("home")}/{{user}}/.ssh/authorized_keys\"]\nauthorized_keys_command: {program}");
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/unlisted");
        Assert.Equal(255, (await gateway.KeyAsync("alice", other)).Result.ExitStatus);
        Assert.Equal(255, (await gateway.KeyAsync("bob", other)).Result.ExitStatus);
        await gateway.WaitForLogAsync("moody ended with status 3");
        await gateway.WaitForLogAsync("prints more than 4194304 bytes");
        Assert.DoesNotContain("internal error", gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_program_that_others_could_change_is_not_run()
    {
        string program = Program("open", "cat /dev/null");
        PrivateAccounts.Open(program, "777");
        await using LoginGateway gateway = await bed.StartAsync($"methods: [publickey]\npam_service: unix\nauthorized_keys: []\nauthorized_keys_command: {program}");
        Assert.Equal(255, (await gateway.KeyAsync("alice", bed.AliceKey)).Result.ExitStatus);
        await gateway.WaitForLogAsync("does not belong to root alone");
    }

    [RootFact]
    public async Task Principals_come_from_files_and_from_a_program()
    {
        KeyPair authority = await KeyPair.GenerateAsync(bed.Folder, "keys/ca");
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "keys/certified");
        string program = Program("principals", $"echo \"$(id -un) $*\" >>{NoteFor("principals")}; [ \"$1\" = bob ] && echo ops; exit 0");
        bed.Accounts.Write("principals-alice", "# who may be alice\ncommand=\"echo by file\" deploy\n");
        bed.Accounts.Write("ca.pub", authority.PublicText + "\n");
        await using LoginGateway gateway = await bed.StartAsync(
            $"""
            methods: [publickey]
            pam_service: unix
            trusted_user_ca: ["{bed.Accounts.At("ca.pub")}"]
            authorized_principals: ["{bed.Accounts.At("principals-{user}")}"]
            authorized_principals_command: {program} %u %i %s %T %F %t
            """);
        async Task<LoginAttempt> LoginAsync(string user, string principals)
        {
            (await ChildProcess.RunAsync("ssh-keygen", ["-q", "-s", authority.PrivateFile, "-I", "id-7", "-z", "7", "-n", principals, key.PublicFile])).Succeeded();
            return await gateway.KeyAsync(user, key);
        }

        Assert.Equal("by file\n", (await LoginAsync("alice", "deploy")).Result.OutputText);
        LoginAttempt byProgram = await LoginAsync("bob", "web,ops");
        Assert.True(byProgram.IsIn, $"{byProgram}\n{gateway.LogText}");
        foreach ((string user, string principals) in new[] { ("alice", "ops"), ("bob", "deploy"), ("alice", "alice"), ("bob", "op") })
            Assert.Equal(255, (await LoginAsync(user, principals)).Result.ExitStatus);
        Assert.Matches("nobody bob id-7 7 ssh-ed25519 SHA256:[^ ]+ ssh-ed25519-cert-v01@openssh.com", await File.ReadAllTextAsync(NoteFor("principals")));
        await gateway.WaitForLogAsync("ED25519-CERT SHA256:");
    }

    [RootFact]
    public async Task Keys_in_the_state_directory_let_in_whom_the_system_does_not_know_if_that_is_wanted()
    {
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "keys/stranger");
        foreach (bool required in new[] { false, true })
        {
            await using LoginGateway gateway = await bed.StartAsync($"pam_service: unix\nmethods: [publickey]\nrequire_system_user: {(required ? "true" : "false")}");
            string file = Path.Combine(gateway.StateFolder, "keys", "stranger");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, key.PublicText + "\n");
            LoginAttempt login = await gateway.KeyAsync("stranger", key);
            Assert.True(login.IsIn != required, $"{login}\n{gateway.LogText}");
            // A name cannot lead out of the folder.
            Assert.Equal(255, (await gateway.KeyAsync("../keys/stranger", key)).Result.ExitStatus);
        }
    }

    [RootFact]
    public async Task A_revoked_key_is_refused_at_once()
    {
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "keys/revoked");
        string revoked = bed.Accounts.Write("revoked", "# none yet\n");
        bed.Accounts.Write("listed-alice", key.PublicText + "\n");
        await using LoginGateway gateway = await bed.StartAsync(
            $"pam_service: unix\nmethods: [publickey]\nauthorized_keys: [\"{bed.Accounts.At("listed-{user}")}\"]\nrevoked_keys: [\"{revoked}\"]");
        Assert.True((await gateway.KeyAsync("alice", key)).IsIn);
        bed.Accounts.Write("revoked", key.PublicText + "\n");
        Assert.Equal(255, (await gateway.KeyAsync("alice", key)).Result.ExitStatus);
        await gateway.WaitForLogAsync("is revoked by");
    }

    private static void Open(string file)
    {
        for (string? part = file; part is not null && part.Length > 4; part = Path.GetDirectoryName(part)) PrivateAccounts.Open(part, part == file ? "644" : "755");
    }

    private string NoteFor(string name)
    {
        string note = bed.Accounts.At("note-" + name);
        if (!File.Exists(note)) bed.Accounts.Write("note-" + name, "", "666");
        return note;
    }

    private string Program(string name, string script) => bed.Accounts.Write("bin/" + name, "#!/bin/sh\n" + script + "\n", "755");
}
