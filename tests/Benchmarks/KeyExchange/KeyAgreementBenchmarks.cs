using BenchmarkDotNet.Attributes;
using SshGateway.Protocol.KeyExchange;

namespace SshGateway.Benchmarks.KeyExchange;

/// <summary>Each side's work in one key agreement, without signature and exchange hash.</summary>
public class KeyAgreementBenchmarks
{
    private byte[] _clientShare = [];

    [ParamsSource(nameof(Methods))]
    public string Method { get; set; } = "";

    public static IEnumerable<string> Methods() => KexCatalog.ClientDefaults.Where(name => !KexCatalog.Get(name).IsGroupExchange);

    [GlobalSetup]
    public void SetUp()
    {
        using KeyAgreement client = Create();
        _clientShare = client.CreateClientShare();
    }

    [Benchmark]
    public byte[] ClientShare()
    {
        using KeyAgreement client = Create();
        return client.CreateClientShare();
    }

    [Benchmark]
    public byte[] ServerRespond()
    {
        using KeyAgreement server = Create();
        return server.Respond(_clientShare).Secret;
    }

    [Benchmark]
    public byte[] BothSides()
    {
        using KeyAgreement client = Create();
        using KeyAgreement server = Create();
        return client.DeriveSecret(server.Respond(client.CreateClientShare()).ServerShare);
    }

    private KeyAgreement Create() => KexCatalog.Get(Method).CreateAgreement!();
}
