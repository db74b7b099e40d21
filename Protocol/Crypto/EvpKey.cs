using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>An EVP_PKEY. Imported once per key; signing and verifying with it is thread-safe.</summary>
internal sealed class EvpKey : SafeHandle
{
    public EvpKey(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeKey(handle);
        return true;
    }
}
