using BenchmarkDotNet.Attributes;
using SshGateway.Protocol.KeyExchange;

namespace SshGateway.Benchmarks.KeyExchange;

/// <summary>Each side's work in one key agreement, without signature and exchange hash.</summary>
public class KeyAgreementBenchmarks
{
    private byte[] _clientShare = [];

    [ParamsSource(nameof(Methods))]
    public string Method { get; set; } = "";

    public static IEnumerable<string> Methods() => KexCatalog.Names;

    [GlobalSetup]
    public void SetUp()
    {
        using KeyAgreement client = KexCatalog.Get(Method).CreateAgreement();
        _clientShare = client.CreateClientShare();
    }

    [Benchmark]
    public byte[] ClientShare()
    {
        using KeyAgreement client = KexCatalog.Get(Method).CreateAgreement();
        return client.CreateClientShare();
    }

    [Benchmark]
    public byte[] ServerRespond()
    {
        using KeyAgreement server = KexCatalog.Get(Method).CreateAgreement();
        return server.Respond(_clientShare).Secret;
    }

    [Benchmark]
    public byte[] BothSides()
    {
        using KeyAgreement client = KexCatalog.Get(Method).CreateAgreement();
        using KeyAgreement server = KexCatalog.Get(Method).CreateAgreement();
        return client.DeriveSecret(server.Respond(client.CreateClientShare()).ServerShare);
    }
}
