namespace SshGateway.Protocol.KeyExchange;

/// <summary>What a process does once so that its first post-quantum key exchanges are as quick as the later ones.</summary>
public static class HybridKeyExchange
{
    /// <summary>
    /// Runs both roles of each hybrid method, which compiles them (about 0.1 s of one core), then begins to make sntrup761 key
    /// pairs ahead. Optional; may run beside connections.
    /// </summary>
    public static Task PrepareAsync(CancellationToken cancellationToken = default) => Task.Run(Prepare, cancellationToken);

    private static void Prepare()
    {
        using (MlKem768X25519KeyAgreement client = new(), server = new())
            client.DeriveSecret(server.Respond(client.CreateClientShare()).ServerShare);
        using (Sntrup761X25519KeyAgreement client = new(), server = new())
            client.DeriveSecret(server.Respond(client.CreateClientShare()).ServerShare);
        Sntrup761X25519KeyAgreement.KeyPairs.Start();
    }
}
