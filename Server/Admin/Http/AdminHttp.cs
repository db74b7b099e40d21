using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Admin.Http;

/// <summary>
/// The HTTP server of <c>admin.listen</c>: metrics, and whether the gateway lives and is ready. It only answers questions; nothing can
/// be changed through it. Bounded in connections, sizes and time, so that who reaches it cannot take much from the gateway.
/// </summary>
internal sealed class AdminHttp : IAsyncDisposable
{
    private const int MaxConnections = 64;
    private const int Backlog = 64;
    private const int MaxHeaderBytes = 16 * 1024;

    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTime = TimeSpan.FromMilliseconds(500);

    private static readonly string Index = """
        sshgateway
        /metrics  for Prometheus
        /healthz  the process is alive
        /readyz   it can serve the next user (503: it cannot), with reasons

        """;

    private readonly WebApplication _application;

    private AdminHttp(WebApplication application) => _application = application;

    /// <param name="addresses">TCP addresses; empty where it is a socket.</param>
    /// <param name="socket">Path of a Unix socket, or null.</param>
    /// <param name="group">Who may connect to that socket.</param>
    /// <param name="metrics">What <c>/metrics</c> shows.</param>
    /// <param name="readiness">What <c>/readyz</c> says.</param>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public static async Task<AdminHttp> StartAsync(
        IReadOnlyList<IPEndPoint> addresses, string? socket, string group, MetricExport metrics, Func<CancellationToken, Task<HealthReport>> readiness)
    {
        // Empty: neither files of the current folder nor variables of the environment have a say.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sshgateway" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, addresses, socket));
        if (socket is not null) builder.WebHost.UseSockets(options => options.CreateBoundListenSocket = _ => GroupSocket.Listen(socket, group, Backlog));
        // Signals are the gateway's affair.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTime);
        WebApplication application = builder.Build();
        application.Use(OnlyReadAsync);
        application.UseOpenTelemetryPrometheusScrapingEndpoint(metrics.Provider, null, "/metrics", null, null);
        application.Run(context => AnswerAsync(context, readiness));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new AdminHttp(application);
        }
        catch (Exception e)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            if (e is SocketException or UnauthorizedAccessException) throw new IOException(e.Message, e);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync().ConfigureAwait(false);

    private static void Configure(KestrelServerOptions options, IReadOnlyList<IPEndPoint> addresses, string? socket)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxConcurrentUpgradedConnections = 0;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = HeaderTime;
        options.Limits.KeepAliveTimeout = IdleTime;
        options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        foreach (IPEndPoint address in addresses) options.Listen(address);
        if (socket is not null) options.ListenUnixSocket(socket);
    }

    private static Task OnlyReadAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)) return next(context);
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = "GET, HEAD";
        return Task.CompletedTask;
    }

    private static async Task AnswerAsync(HttpContext context, Func<CancellationToken, Task<HealthReport>> readiness)
    {
        switch (context.Request.Path.Value)
        {
            case "/healthz":
                await WriteAsync(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", "alive\n"u8.ToArray()).ConfigureAwait(false);
                break;
            case "/readyz":
                HealthReport report = await readiness(context.RequestAborted).ConfigureAwait(false);
                await WriteAsync(context, report.IsGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "application/json", report.ToJson()).ConfigureAwait(false);
                break;
            case "/":
                await WriteAsync(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(Index)).ConfigureAwait(false);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static async Task WriteAsync(HttpContext context, int status, string type, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
