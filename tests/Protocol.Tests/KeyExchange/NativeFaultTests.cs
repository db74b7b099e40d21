using System.Security.Cryptography;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Crypto;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

[Collection(nameof(NativeFaults))]
public class NativeFaultTests
{
    [Theory]
    [InlineData("curve25519")]
    [InlineData("nistp256")]
    [InlineData("nistp384")]
    [InlineData("nistp521")]
    [InlineData("group14")]
    public void A_failing_call_never_gives_a_secret(string method)
    {
        using KeyAgreement peer = Create(method);
        byte[] peerShare = peer.CreateClientShare();
        int responding = NativeFaults.FailEach(failing =>
        {
            using KeyAgreement server = Create(method);
            Expect(failing, () => server.Respond(peerShare));
        });
        int deriving = NativeFaults.FailEach(failing =>
        {
            using KeyAgreement client = Create(method);
            Expect(failing, () =>
            {
                client.CreateClientShare();
                client.DeriveSecret(peerShare);
            });
        });
        Assert.True(responding >= 7 && deriving >= 7, $"only {responding} and {deriving} calls went through the check");
    }

    private static void Expect(string failing, Action action)
    {
        if (failing.Length == 0)
        {
            action();
            return;
        }

        Exception? thrown = Record.Exception(action);
        Assert.True(thrown is CryptographicException or SshProtocolException { Reason: DisconnectReason.KeyExchangeFailed }, $"{failing}: {thrown}");
    }

    private static KeyAgreement Create(string method) => method switch
    {
        "curve25519" => new Curve25519KeyAgreement(),
        "nistp256" => new EcdhNistKeyAgreement(EcdsaCurve.P256),
        "nistp384" => new EcdhNistKeyAgreement(EcdsaCurve.P384),
        "nistp521" => new EcdhNistKeyAgreement(EcdsaCurve.P521),
        _ => new FiniteFieldKeyAgreement(FiniteFieldGroup.Group14),
    };
}
