using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>
/// The one place that binds OpenSSL's libcrypto (3.0 or later, the library .NET itself uses). Every function that can fail
/// goes through <see cref="Check"/> or <see cref="CheckPointer"/>: a result of 0, a negative one or a null pointer throws.
/// The parts stand in LibCrypto.*.cs by subject.
/// </summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "libcrypto";

    static LibCrypto() => NativeLibrary.SetDllImportResolver(typeof(LibCrypto).Assembly, Resolve);

    /// <summary>
    /// Tests only: replaces the result of a native call, so that each failure path can be walked. Null in production.
    /// </summary>
    internal static Func<string, int, int>? FaultInjection { get; set; }

    /// <summary>Throws unless the native function named <paramref name="function"/> reported success (a result above 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Check(int result, string function)
    {
        if (FaultInjection is { } inject) result = inject(function, result);
        if (result <= 0) ThrowFailed(function);
        return result;
    }

    /// <summary>
    /// For functions whose failure is an answer (a tag or signature that is wrong): true only if <paramref name="function"/> said yes.
    /// </summary>
    internal static bool Verified(int result, string function)
    {
        if (FaultInjection is { } inject) result = inject(function, result);
        if (result == 1) return true;
        ERR_clear_error();
        return false;
    }

    /// <summary>Throws unless the native function named <paramref name="function"/> returned an object.</summary>
    internal static nint CheckPointer(nint result, string function)
    {
        if (FaultInjection is { } inject && inject(function, 1) <= 0) result = 0;
        if (result == 0) ThrowFailed(function);
        return result;
    }

    [DoesNotReturn]
    private static void ThrowFailed(string function)
    {
        ulong error = ERR_get_error();
        ERR_clear_error();
        throw new CryptographicException($"libcrypto: {function} failed (error {error:x8})");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (!string.Equals(name, Library, StringComparison.Ordinal)) return 0;
        if (NativeLibrary.TryLoad("libcrypto.so.3", out nint handle)) return handle;
        throw new DllNotFoundException("libcrypto.so.3 (OpenSSL 3) was not found; on Debian it is in the package libssl3");
    }

    [LibraryImport(Library)]
    private static partial ulong ERR_get_error();

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
