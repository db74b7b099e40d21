using System.Runtime.InteropServices;

namespace SshGateway.Server.Privileged.Child;

/// <summary>Linux-PAM (security/pam_appl.h, security/_pam_types.h).</summary>
internal static unsafe partial class LibPam
{
    public const int Success = 0;
    public const int BufferError = 5;
    public const int PermissionDenied = 6;
    public const int AuthenticationError = 7;
    public const int CredentialsInsufficient = 8;
    public const int UserUnknown = 10;
    public const int MaxTries = 11;
    public const int NewPasswordRequired = 12;
    public const int AccountExpired = 13;
    public const int ConversationError = 19;
    public const int PasswordExpired = 27;

    public const int PromptEchoOff = 1;
    public const int PromptEchoOn = 2;
    public const int ErrorMessage = 3;
    public const int TextInfo = 4;

    public const int ItemUser = 2;
    public const int ItemTty = 3;
    public const int ItemRemoteHost = 4;

    public const int DisallowNullPassword = 0x1;
    public const int EstablishCredentials = 0x2;
    public const int DeleteCredentials = 0x4;
    public const int ChangeExpiredPassword = 0x20;

    private const string Library = "libpam.so.0";

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int pam_start(string service, string user, Conversation* conversation, nint* handle);

    [LibraryImport(Library)]
    public static partial int pam_end(nint handle, int status);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int pam_set_item(nint handle, int item, string value);

    [LibraryImport(Library)]
    public static partial int pam_get_item(nint handle, int item, byte** value);

    [LibraryImport(Library)]
    public static partial int pam_authenticate(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial int pam_acct_mgmt(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial int pam_chauthtok(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial int pam_setcred(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial int pam_open_session(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial int pam_close_session(nint handle, int flags);

    [LibraryImport(Library)]
    public static partial byte* pam_strerror(nint handle, int error);

    [LibraryImport("libc")]
    public static partial void* calloc(nuint count, nuint size);

    [LibraryImport("libc")]
    public static partial void free(void* memory);

    [LibraryImport("libc")]
    public static partial void explicit_bzero(void* memory, nuint size);

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>struct pam_conv.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Conversation
    {
        public delegate* unmanaged<int, Message**, Response**, void*, int> Converse;
        public void* Data;
    }

    /// <summary>struct pam_message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Style;
        public byte* Text;
    }

    /// <summary>struct pam_response; PAM frees it and the text in it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Response
    {
        public byte* Text;
        public int Code;
    }
}
