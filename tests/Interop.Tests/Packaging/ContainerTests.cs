using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Tree;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The Dockerfile, executed step by step where there is no container engine, and the sample of several containers.</summary>
public sealed class ContainerTests(TestBed bed) : IClassFixture<TestBed>
{
    [NeedsFact("root", "mount namespaces", "python3", "git", "setpriv")]
    public async Task The_image_is_built_is_healthy_relays_and_stops()
    {
        using var folder = new TemporaryFolder();
        int port = LoopbackPort.Free();
        // What a first run mounts: a key of the user, the gateway's own key, the destination's host key.
        string etc = folder["etc"];
        folder.Write("etc/keys/" + Environment.UserName, bed.UserKey.PublicText + "\n");
        folder.Write("etc/key", await File.ReadAllBytesAsync(bed.GatewayKey.PrivateFile));
        folder.Write("etc/known_hosts", string.Concat(bed.DestinationHostKeys.Select(key => $"[127.0.0.1]:{bed.Destination.Port} {key.PublicText}\n")));
        Directory.CreateDirectory(folder["base"]);
        await using ChildProcess container = ChildProcess.Start(
            "unshare",
            [
                "--mount", "python3", Python.Script("container.py"), Repository.Root, folder["base"], $"SSHGATEWAY_DEST=127.0.0.1:{bed.Destination.Port}",
                $"SSHGATEWAY_LISTEN=127.0.0.1:{port}", "SSHGATEWAY_DESTINATION_KEY=/etc/sshgateway/key",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["CONTAINER_ETC"] = etc });
        Task<string> errors = new StreamReader(container.Error).ReadToEndAsync();
        string log;
        try
        {
            log = await container.ReadUntilAsync("serving\n", TimeSpan.FromMinutes(10));
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}\n{await errors}", e);
        }

        Assert.Contains("first start: host keys were made in /var/lib/sshgateway", log, StringComparison.Ordinal);
        Assert.Contains($"first start: then try: ssh -p {port} USER@GATEWAY", log, StringComparison.Ordinal);
        ProcessResult session = await ChildProcess.RunAsync(
            "ssh",
            [
                "-F", "/dev/null", "-p", $"{port}", "-i", bed.UserKey.PrivateFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", $"{Environment.UserName}@127.0.0.1", "echo relayed",
            ]);
        Assert.True((session.ExitStatus, session.OutputText) == (0, "relayed\n"), session.ToString());
        container.CloseInput();
        ProcessResult end = await container.CompleteAsync();
        Assert.True(end.ExitStatus == 0, end.ToString());
        Assert.Contains("stopped", end.OutputText, StringComparison.Ordinal);
    }

    [NeedsFact("a container engine")]
    public async Task A_container_engine_builds_and_runs_it()
    {
        (await Repository.RunAsync("/usr/bin/env", ["docker", "build", "-t", "sshgateway-test", Repository.Root], timeout: TimeSpan.FromMinutes(15))).Succeeded();
        ProcessResult result = await ChildProcess.RunAsync("docker", ["run", "--rm", "sshgateway-test", "version"]);
        Assert.True(result.ExitStatus == 0 && result.OutputText.StartsWith("sshgateway ", StringComparison.Ordinal), result.ToString());
        ProcessResult alone = await ChildProcess.RunAsync("docker", ["run", "--rm", "sshgateway-test"]);
        Assert.Equal(78, alone.ExitStatus);
        Assert.Contains("SSHGATEWAY_DEST", alone.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public void The_sample_of_several_containers_holds_together()
    {
        string folder = Repository.File("samples/compose");
        ConfigNode compose = YamlTree.Read(File.ReadAllText(Path.Combine(folder, "compose.yaml")), "compose.yaml");
        ConfigNode services = compose.Find("services")!;
        string[] names = [.. services.Entries.Select(entry => entry.Key)];
        Assert.Equal(["database", "keys", "gateway1", "gateway2", "node1", "node2", "node3", "collector"], names);
        string[] volumes = [.. compose.Find("volumes")!.Entries.Select(entry => entry.Key)];
        HashSet<string> known = [.. EnvironmentConfiguration.Variables.Select(variable => variable.Variable), "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"];
        foreach (ConfigEntry service in services.Entries)
        {
            Assert.True(service.Value.Find("image") is not null || service.Value.Find("build") is not null, service.Key);
            if (service.Value.Find("build")?.Find("context") is { } context) Assert.True(File.Exists(Path.Combine(folder, context.Text, "Dockerfile")), $"{service.Key}: {context.Text}");
            foreach (ConfigEntry variable in service.Value.Find("environment")?.Entries ?? []) Assert.Contains(variable.Key, known);
            foreach (ConfigEntry other in service.Value.Find("depends_on")?.Entries ?? []) Assert.Contains(other.Key, names);
            foreach (string volume in (service.Value.Find("volumes")?.Items ?? []).Select(item => item.Text.Split(':')[0]))
            {
                // The key is made by prepare.sh.
                if (volume.StartsWith("./", StringComparison.Ordinal)) Assert.True(Path.Exists(Path.Combine(folder, volume.Replace("gateway_key.pub", "", StringComparison.Ordinal))), volume);
                else Assert.Contains(volume, volumes);
            }
        }

        // What both gateways read; the database is the one that the variable names.
        string? Variable(string name) => name == "SSHGATEWAY_DATABASE" ? services.Find("gateway1")!.Find("environment")!.Find(name)!.Text : null;
        ConfigurationResult result = ConfigurationLoader.Load(Path.Combine(folder, "gateway/sshgateway.yaml"), LoadServices.System with { EnvironmentVariable = Variable });
        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
        Assert.StartsWith("postgresql://sshgateway:", result.Configuration!.State.Database, StringComparison.Ordinal);
        Assert.Equal(["node1:22", "node2:22", "node3:22"], result.Configuration.Routes.Base.Dest.Select(host => host.ToString()));
    }

    [GatewayFact]
    public async Task The_sample_makes_its_keys()
    {
        using var folder = new TemporaryFolder();
        (await ChildProcess.RunAsync("cp", ["-r", Repository.File("samples/compose"), folder["compose"]])).Succeeded();
        (await ChildProcess.RunAsync("sh", [folder["compose/prepare.sh"], bed.UserKey.PublicFile])).Succeeded();
        Assert.Equal(await File.ReadAllTextAsync(bed.UserKey.PublicFile), await File.ReadAllTextAsync(folder["compose/gateway/keys/demo"]));
        string key = await File.ReadAllTextAsync(folder["compose/gateway/gateway_key.pub"]);
        (await ChildProcess.RunAsync("sh", [folder["compose/prepare.sh"], bed.UserKey.PublicFile])).Succeeded();
        Assert.Equal(key, await File.ReadAllTextAsync(folder["compose/gateway/gateway_key.pub"]));
    }
}
