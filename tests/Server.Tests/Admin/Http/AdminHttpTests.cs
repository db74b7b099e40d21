using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SshGateway.Server.Admin.Http;
using Xunit;

namespace SshGateway.Server.Tests.Admin.Http;

/// <summary>What whoever reaches <c>admin.listen</c> can do, and what he cannot.</summary>
public sealed class AdminHttpTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("sgh-").FullName;
    private MetricExport _export = null!;
    private AdminHttp _http = null!;
    private HealthReport _report = new([new HealthCheck("state", true, "available")]);

    private string SocketPath => Path.Combine(_folder, "http.sock");

    public async Task InitializeAsync()
    {
        _export = MetricExport.Start("gw1", isFetched: true, collector: null);
        _http = await AdminHttp.StartAsync([], SocketPath, "", _export, _ => Task.FromResult(_report));
    }

    public async Task DisposeAsync()
    {
        await _http.DisposeAsync();
        _export.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Readiness_is_told_with_its_reasons()
    {
        using HttpClient client = Client();
        using (HttpResponseMessage ready = await client.GetAsync("readyz")) Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        _report = new([new HealthCheck("stopping", true, "no"), new HealthCheck("state", false, "away: \"x\"")]);
        using HttpResponseMessage unready = await client.GetAsync("readyz");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/json"), (unready.StatusCode, unready.Content.Headers.ContentType!.MediaType));
        using JsonDocument json = JsonDocument.Parse(await unready.Content.ReadAsStringAsync());
        Assert.Equal("not ready", json.RootElement.GetProperty("status").GetString());
        JsonElement failed = json.RootElement.GetProperty("checks")[1];
        Assert.Equal(("state", false, "away: \"x\""), (failed.GetProperty("name").GetString(), failed.GetProperty("ok").GetBoolean(), failed.GetProperty("detail").GetString()));
        using HttpResponseMessage alive = await client.GetAsync("healthz");
        Assert.Equal((HttpStatusCode.OK, "alive\n"), (alive.StatusCode, await alive.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("HEAD", "/readyz", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/../healthz/", 404)]
    [InlineData("POST", "/metrics", 405)]
    [InlineData("POST", "/readyz", 405)]
    [InlineData("DELETE", "/", 405)]
    [InlineData("TRACE", "/", 405)]
    public async Task It_only_answers_questions(string method, string path, int status)
    {
        string answer = await AskAsync($"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Kestrel", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_come_as_Prometheus_text_or_as_OpenMetrics()
    {
        using HttpClient client = Client();
        Assert.Equal("text/plain", (await client.GetAsync("metrics")).Content.Headers.ContentType!.MediaType);
        client.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0");
        using HttpResponseMessage open = await client.GetAsync("metrics");
        Assert.Equal("application/openmetrics-text", open.Content.Headers.ContentType!.MediaType);
        string text = await open.Content.ReadAsStringAsync();
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("service_instance_id=\"gw1\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_finish_its_request_is_cut_off() =>
        // The answer ends: the connection is closed.
        Assert.DoesNotContain(" 200 ", await AskAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "), StringComparison.Ordinal);

    [Fact]
    public async Task A_request_of_any_size_is_not_read() =>
        Assert.StartsWith("HTTP/1.1 431 ", await AskAsync($"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 100_000)}\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public async Task There_is_an_end_to_connections()
    {
        var held = new List<Socket>();
        try
        {
            using var deadline = new CancellationTokenSource(Patience);
            for (int i = 0; i < 64; i++)
            {
                Socket socket = await ConnectAsync();
                held.Add(socket);
                await socket.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
                Assert.True(await socket.ReceiveAsync(new byte[1], deadline.Token) > 0);
            }

            Assert.Equal("", await AskAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        }
        finally
        {
            foreach (Socket socket in held) socket.Dispose();
        }

        // Room again, as soon as the server has noticed.
        using var again = new CancellationTokenSource(Patience);
        while (await AskAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") is "") await Task.Delay(20, again.Token);
    }

    [Fact]
    public void The_socket_is_for_this_user_and_one_group() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(SocketPath));

    private HttpClient Client()
    {
#pragma warning disable CA2000 // Disposed by the client.
        var handler = new SocketsHttpHandler { ConnectCallback = async (_, _) => new NetworkStream(await ConnectAsync(), ownsSocket: true) };
#pragma warning restore CA2000
        return new HttpClient(handler) { BaseAddress = new Uri("http://gateway/"), Timeout = Patience };
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    /// <summary>All that comes until the server closes.</summary>
    private async Task<string> AskAsync(string request)
    {
        using Socket socket = await ConnectAsync();
        using var deadline = new CancellationTokenSource(Patience);
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), deadline.Token);
            while (await socket.ReceiveAsync(buffer, deadline.Token) is > 0 and int count) answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // Closed with what was sent unread.
        }

        return answer.ToString();
    }
}
