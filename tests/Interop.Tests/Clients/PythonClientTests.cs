using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Clients;

[Collection(ClientCollection.Name)]
public sealed class PythonClientTests(TestBed bed)
{
    [Theory]
    [InlineData("paramiko_client.py")]
    [InlineData("asyncssh_client.py")]
    public async Task Commands_files_terminals_and_forwards_of_a_library_work(string script)
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("python");
            ProcessResult result = await Python.RunClientAsync(script, route, root, echo.Port.ToString());
            return route.Outcome(result).WithFolder("files", root);
        });
        Assert.True(direct.Status == 0, direct.Text("stderr"));
        Assert.Equal(
            """
            exec b'out\n' b'err\n' 9
            cat 1000000 True
            sftp 1000000 True
            terminal 33 101 then 40 120
            direct-tcpip True
            forwarded-tcpip True
            done

            """.ReplaceLineEndings("\n"),
            direct.Text("stdout"));
    }
}
