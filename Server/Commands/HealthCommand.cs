using System.Net.Sockets;
using SshGateway.Server.Admin;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Commands;

/// <summary>
/// <c>sshgateway health</c>: whether the gateway of this configuration serves. It asks through the admin socket, which is there when
/// the addresses are listened on.
/// </summary>
internal static class HealthCommand
{
    private const int Unhealthy = 1;

    /// <returns>0: it serves; 1: it does not, with the reason on <paramref name="error"/>; 78: the configuration is wrong.</returns>
    public static async Task<int> RunAsync(string file, TimeSpan limit, TextWriter output, TextWriter error)
    {
        ConfigurationResult result = ConfigurationLoader.Load(file);
        foreach (ConfigurationError wrong in result.Errors) await error.WriteLineAsync(wrong.ToString()).ConfigureAwait(false);
        if (result.Configuration is not { } configuration) return ServeCommand.ConfigurationWrong;
        string socket = AdminSocket.PathIn(configuration.StateDir);
        if (!AdminClient.IsReachable(socket))
        {
            await error.WriteLineAsync($"sshgateway: no gateway answers at its admin socket {socket}").ConfigureAwait(false);
            return Unhealthy;
        }

        using var deadline = new CancellationTokenSource(limit);
        try
        {
            using var answer = new MemoryStream();
            var request = new AdminRequest(Terminal.None, TimeZoneInfo.Utc.Id, ["version"]);
            int status = await AdminClient.RunAsync(socket, request, answer, answer, deadline.Token).ConfigureAwait(false);
            string text = System.Text.Encoding.UTF8.GetString(answer.ToArray()).Trim();
            await (status == 0 ? output : error).WriteLineAsync(status == 0 ? $"serving: {text}" : text).ConfigureAwait(false);
            return status == 0 ? 0 : Unhealthy;
        }
        catch (Exception e) when (e is StateStoreException or IOException or SocketException)
        {
            await error.WriteLineAsync($"sshgateway: {e.Message}").ConfigureAwait(false);
            return Unhealthy;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"sshgateway: no answer within {limit.TotalSeconds:0.#} s").ConfigureAwait(false);
            return Unhealthy;
        }
    }
}
