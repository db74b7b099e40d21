using System.Globalization;
using System.Net;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Metrics;
using Xunit;

namespace SshGateway.Interop.Tests.Operation;

/// <summary>What a running gateway shows at <c>admin.listen</c> and sends to a collector.</summary>
public sealed class MetricsTests(TestBed bed) : IClassFixture<TestBed>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [GatewayFact]
    public async Task Sessions_logins_and_bytes_are_counted_and_every_series_is_documented()
    {
        int port = LoopbackPort.Free();
        KeyPair unlisted = await KeyPair.GenerateAsync(bed.Folder, "keys/metrics-unlisted");
        (GatewayProcess gateway, Route route) = await StartAsync(
            "metrics",
            $$"""
            admin: {listen: "127.0.0.1:{{port}}"}
            limits: {rekey: 64K, max_startups: "200:30:300", per_source: 200, penalties: {auth_fail: 1s, no_auth: 0, exempt: []} }
            service: cluster

            """);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Patience };
        Route stranger = new(bed.Folder, "metrics-stranger", gateway.Port, unlisted, bed.GatewayHostKeys.Select(key => key.PublicText));
        await using ChildProcess ssh = route.StartSsh("target", "head -c 200000 /dev/zero; echo; cat > /dev/null");
        await ssh.ReadUntilAsync("\n");
        await Eventually.BecomesTrueAsync(async () => (await ScrapeAsync(http)).Value("sshgateway_sessions", "phase=\"relay\"") == 1, "a session is relayed");
        await Eventually.BecomesTrueAsync(
            async () => (await ScrapeAsync(http)).Value("sshgateway_relay_data_bytes_total", "direction=\"from_destination\"", "route=\"cluster\"") == 200_001, "the bytes are counted while it lives");
        Assert.Equal(255, (await stranger.SshAsync("target", "true")).ExitStatus);
        ssh.CloseInput();
        Assert.Equal(0, (await ssh.CompleteAsync()).ExitStatus);
        await Eventually.BecomesTrueAsync(async () => (await ScrapeAsync(http)).Value("sshgateway_session_duration_seconds_count", "route=\"cluster\"") == 1, "the end is counted");
        await Eventually.BecomesTrueAsync(async () => (await ScrapeAsync(http)).Value("sshgateway_penalties_total", "offence=\"failed\"") == 1, "the failure is counted");
        Assert.Contains("loaded anew", await gateway.ReloadAsync(await File.ReadAllTextAsync(gateway.ConfigFile)), StringComparison.Ordinal);
        await Eventually.BecomesTrueAsync(async () => (await ScrapeAsync(http)).Value("sshgateway_configuration_reloads_total", "result=\"success\"") == 1, "the reload is counted");
        await Eventually.BecomesTrueAsync(async () => (await ScrapeAsync(http)).Value("sshgateway_hosts", "state=\"up\"") == 1, "the host is known");

        Exposition all = await ScrapeAsync(http);
        Assert.Equal(1, all.Value("sshgateway_logins_total", "method=\"publickey\"", "result=\"accepted\""));
        Assert.True(all.Value("sshgateway_logins_total", "method=\"publickey\"", "result=\"failed\"") >= 1);
        Assert.Equal(1, all.Value("sshgateway_connections_total", "outcome=\"authenticated\""));
        Assert.Equal(1, all.Value("sshgateway_dial_duration_seconds_count", "result=\"connected\""));
        Assert.Equal(1, all.Value("sshgateway_handshake_duration_seconds_count", "leg=\"destination\""));
        Assert.True(all.Value("sshgateway_rekeys_total", "leg=\"client\"") >= 1);
        Assert.True(all.Value("sshgateway_rekeys_total", "leg=\"destination\"") >= 1);
        Assert.Equal([], all.Undocumented());
    }

    [GatewayFact]
    public async Task Without_an_address_none_of_it_is_loaded()
    {
        (GatewayProcess gateway, Route route) = await StartAsync("nometrics", "");
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
        string[] loaded = [.. File.ReadLines($"/proc/{gateway.Id}/maps").Where(line => line.Contains("OpenTelemetry", StringComparison.Ordinal) || line.Contains("Kestrel", StringComparison.Ordinal))];
        Assert.Equal([], loaded);
    }

    [GatewayFact]
    public async Task A_collector_receives_them_at_the_latest_when_the_gateway_stops()
    {
        int port = LoopbackPort.Free();
        using var collector = new HttpListener();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        Task<(string Path, string Body)> received = ReceiveAsync(collector);
        (GatewayProcess gateway, _) = await StartAsync("otlp", $"admin: {{otlp: \"http://127.0.0.1:{port}/v1/metrics\"}}\n");
        await gateway.WaitForLogAsync($"metrics are sent to http://127.0.0.1:{port}/v1/metrics (HTTP)");
        gateway.Signal(NativeMethods.SignalTerminate);
        (string path, string body) = await received.WaitAsync(Patience);
        Assert.Equal("/v1/metrics", path);
        Assert.Contains("sshgateway.sessions", body, StringComparison.Ordinal);
        Assert.Contains("service.instance.id", body, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.WaitForExitAsync(Patience));
    }

    [GatewayFact]
    public async Task An_address_that_is_taken_keeps_nobody_out()
    {
        int port = LoopbackPort.Free();
        using var taken = new HttpListener();
        taken.Prefixes.Add($"http://127.0.0.1:{port}/");
        taken.Start();
        (GatewayProcess gateway, Route route) = await StartAsync("taken", $"admin: {{listen: \"127.0.0.1:{port}\"}}\n");
        await gateway.WaitForLogAsync($"no metrics and health on 127.0.0.1:{port}: ");
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
    }

    private static async Task<(string Path, string Body)> ReceiveAsync(HttpListener collector)
    {
        HttpListenerContext context = await collector.GetContextAsync();
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.StatusCode = 200;
        context.Response.Close();
        return (context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()));
    }

    private static async Task<Exposition> ScrapeAsync(HttpClient http) => new(await http.GetStringAsync("metrics"));

    private async Task<(GatewayProcess Gateway, Route Route)> StartAsync(string name, string lines)
    {
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        GatewayProcess gateway = await bed.StartGatewayAsync(options with { ExtraLines = lines });
        return (gateway, bed.RouteThrough(gateway, name));
    }

    /// <summary>What Prometheus reads.</summary>
    private sealed class Exposition(string text)
    {
        private readonly string[] _lines = text.Split('\n');

        /// <summary>The one series of a name that has these labels; 0 when it was never counted.</summary>
        public double Value(string name, params string[] labels)
        {
            string[] found = [.. _lines.Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)))];
            return found.Length == 0 ? 0 : double.Parse(Assert.Single(found).Split(' ')[1], CultureInfo.InvariantCulture);
        }

        /// <summary>Series of ours that docs/metrics.md does not describe as they are.</summary>
        public string[] Undocumented()
        {
            var series = MetricsDocument.Metrics.SelectMany(metric => metric.Series.Select(name => (name, metric))).ToDictionary(pair => pair.name, pair => pair.metric);
            return [.. _lines.Where(line => line.StartsWith("sshgateway_", StringComparison.Ordinal) && !IsDocumented(line, series)), .. Types(series)];
        }

        private static bool IsDocumented(string line, Dictionary<string, DocumentedMetric> series)
        {
            int brace = line.IndexOf('{', StringComparison.Ordinal);
            if (!series.TryGetValue(line[..brace], out DocumentedMetric? metric)) return false;
            IEnumerable<string> labels = line[(brace + 1)..line.LastIndexOf('}')].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(label => label.Split('=')[0]);
            return labels.Where(label => label != "le").Order(StringComparer.Ordinal).SequenceEqual(metric.Labels.Order(StringComparer.Ordinal));
        }

        // # TYPE sshgateway_sessions gauge
        private IEnumerable<string> Types(Dictionary<string, DocumentedMetric> series) => _lines
            .Where(line => line.StartsWith("# TYPE sshgateway_", StringComparison.Ordinal))
            .Where(line => !series.Values.Any(metric => line == $"# TYPE {metric.Prometheus} {metric.Type}"));
    }
}
