using SshGateway.Server.Admin.Http;
using Xunit;

namespace SshGateway.Server.Tests.Admin.Http;

public sealed class CollectorAddressTests
{
    [Theory]
    [InlineData("http://c:4317", "", "http://c:4317/", false)]
    [InlineData("http://c:4318", "", "http://c:4318/v1/metrics", true)]
    [InlineData("http://c:9000", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "http://c:9000/v1/metrics", true)]
    [InlineData("http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://c:4318/", false)]
    [InlineData("https://c/otlp/", "", "https://c/otlp/v1/metrics", true)]
    [InlineData("https://c/otlp/v1/metrics", "", "https://c/otlp/v1/metrics", true)]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=http://e:4318", "http://e:4318/v1/metrics", true)]
    [InlineData("http://c:4317", "OTEL_EXPORTER_OTLP_ENDPOINT=http://e:4318", "http://c:4317/", false)]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=http://e:4318;OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://m:4318/here", "http://m:4318/here", true)]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=http://e:4317;OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf", "http://e:4317/v1/metrics", true)]
    public void The_key_or_the_environment_says_where_and_how(string configured, string environment, string expected, bool isHttp)
    {
        CollectorAddress? address = CollectorAddress.Find(configured, Variables(environment));
        Assert.Equal((expected, isHttp), (address!.Endpoint.AbsoluteUri, address.IsHttp));
    }

    [Fact]
    public void Nobody_named_a_collector() => Assert.Null(CollectorAddress.Find("", _ => null));

    [Fact]
    public void What_is_no_URL_is_said() =>
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", Assert.Throws<IOException>(() => CollectorAddress.Find("", _ => "c:4317")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_log_shows_no_password() =>
        Assert.Equal("http://c:4318/v1/metrics (HTTP)", CollectorAddress.Find("", Variables("OTEL_EXPORTER_OTLP_ENDPOINT=http://me:secret@c:4318"))!.ToString());

    private static Func<string, string?> Variables(string environment)
    {
        Dictionary<string, string> all = environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split('=', 2)).ToDictionary(item => item[0], item => item[1]);
        return name => all.GetValueOrDefault(name);
    }
}
