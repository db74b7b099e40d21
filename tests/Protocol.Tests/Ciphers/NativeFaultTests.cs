using System.Security.Cryptography;
using SshGateway.Protocol.Tests.Crypto;
using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

[Collection(nameof(NativeFaults))]
public sealed class NativeFaultTests : IDisposable
{
    private PacketPair? _pair;
    private byte[] _frame = [];
    private byte[] _packet = [];

    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_failing_call_while_keys_are_set_throws(string cipher, string? mac)
    {
        int calls = NativeFaults.FailEach(failing =>
        {
            if (failing.Length == 0) new PacketPair(cipher, mac).Dispose();
            else Assert.Throws<CryptographicException>(() => new PacketPair(cipher, mac));
        });
        Assert.True(calls >= 10, $"only {calls} calls went through the check");
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_failing_call_while_sealing_throws_and_leaves_no_plain_byte(string cipher, string? mac)
    {
        int calls = NativeFaults.FailEach(Seal, () => Prepare(cipher, mac));
        Assert.True(calls >= 4, $"only {calls} calls went through the check");

        void Seal(string failing)
        {
            byte[] buffer = [.. _frame, .. new byte[_pair!.Sealer.TagLength]];
            if (failing.Length == 0)
            {
                _pair.Sealer.Seal(8, buffer.AsSpan(0, _frame.Length), buffer);
                return;
            }

            Assert.Throws<CryptographicException>(() => _pair.Sealer.Seal(8, buffer.AsSpan(0, _frame.Length), buffer));
            Assert.Equal(new byte[buffer.Length], buffer);
            Assert.Throws<ObjectDisposedException>(() => _pair.Seal(8, _frame));
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_failing_call_while_opening_is_never_taken_for_a_genuine_packet(string cipher, string? mac)
    {
        int calls = NativeFaults.FailEach(Open, () => Prepare(cipher, mac));
        Assert.True(calls >= 4, $"only {calls} calls went through the check");

        void Open(string failing)
        {
            bool lengthRead = false;
            bool opened = false;
            try
            {
                _pair!.Opener.ReadLength(7, _packet.AsSpan(0, _pair.Opener.HeaderLength));
                lengthRead = true;
                opened = _pair.Opener.TryOpen(7, _packet);
            }
            catch (CryptographicException)
            {
                Assert.NotEqual("", failing);
            }

            Assert.Equal(failing.Length == 0, opened);
            if (failing.Length == 0 || !lengthRead) return;
            Assert.Equal(new byte[_packet.Length], _packet);
            Assert.Throws<ObjectDisposedException>(() => _pair!.Opener.TryOpen(7, _packet));
        }
    }

    public void Dispose() => _pair?.Dispose();

    private void Prepare(string cipher, string? mac)
    {
        _pair?.Dispose();
        _pair = new PacketPair(cipher, mac);
        _frame = _pair.Frame(100);
        _packet = _pair.Seal(7, _frame);
    }
}
