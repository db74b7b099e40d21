using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Child;

/// <summary>
/// One PAM conversation, and the session after it if one is asked for. The process ends with it, unless it was only about an account and
/// the next request follows.
/// </summary>
internal sealed unsafe class PamChild(FrameChannel channel, PamRequest request)
{
    private const string Terminal = "ssh";

    /// <summary>Returns the exit status of the process, if there is no next request.</summary>
    public int Run(out Frame? next)
    {
        next = null;
        using var dialogue = new PamDialogue(channel);
        LibPam.Conversation conversation = dialogue.Native();
        nint handle = 0;
        int code = LibPam.pam_start(request.Service, request.User, &conversation, &handle);
        if (code != LibPam.Success)
        {
            Send([], new PamResult(PamOutcome.Error, $"pam_start failed with {code}"));
            return 1;
        }

        (PamResult result, code) = Converse(handle, dialogue);
        if (dialogue.Broken is { } broken) result = new PamResult(PamOutcome.Error, broken);
        Send(dialogue.TakePending(), result);
        if (result.Outcome == PamOutcome.Success || request.AccountOnly) code = ServeWish(handle, dialogue, code, out next);
        return LibPam.pam_end(handle, code) == LibPam.Success ? 0 : 1;
    }

    private (PamResult Result, int Code) Converse(nint handle, PamDialogue dialogue)
    {
        int code = LibPam.pam_set_item(handle, LibPam.ItemRemoteHost, request.RemoteHost);
        if (code == LibPam.Success) code = LibPam.pam_set_item(handle, LibPam.ItemTty, Terminal);
        if (code != LibPam.Success) return (Describe(handle, PamOutcome.Error, "pam_set_item", code), code);
        if (!request.AccountOnly)
        {
            code = LibPam.pam_authenticate(handle, LibPam.DisallowNullPassword);
            if (code != LibPam.Success) return (Describe(handle, OfAuthentication(code), "pam_authenticate", code), code);
            if (!IsSameUser(handle)) return (new PamResult(PamOutcome.Error, "a module changed the user's name"), LibPam.AuthenticationError);
        }

        code = LibPam.pam_acct_mgmt(handle, LibPam.DisallowNullPassword);
        if (code == LibPam.NewPasswordRequired) return ChangePassword(handle, code, dialogue);
        return (Describe(handle, OfAccount(code), "pam_acct_mgmt", code), code);
    }

    private (PamResult Result, int Code) ChangePassword(nint handle, int code, PamDialogue dialogue)
    {
        if (!request.MayChangePassword) return (Describe(handle, PamOutcome.PasswordExpired, "pam_acct_mgmt", code), code);
        code = LibPam.pam_chauthtok(handle, LibPam.ChangeExpiredPassword);
        if (code != LibPam.Success || dialogue.Broken is not null) return (Describe(handle, PamOutcome.PasswordExpired, "pam_chauthtok", code), code);
        // The account can have other faults than the old password.
        code = LibPam.pam_acct_mgmt(handle, LibPam.DisallowNullPassword);
        return (Describe(handle, OfAccount(code), "pam_acct_mgmt", code), code);
    }

    /// <summary>Waits for the wish to open a session, or for the next account to check.</summary>
    private int ServeWish(nint handle, PamDialogue dialogue, int code, out Frame? next)
    {
        next = channel.Read(FrameChannel.MaxRequest);
        if (next is { Type: HelperMessage.Authenticate } && request.AccountOnly) return code;
        bool wantsSession = next is { Type: HelperMessage.OpenSession } && code == LibPam.Success;
        next?.Dispose();
        next = null;
        return wantsSession ? ServeSession(handle, dialogue) : code;
    }

    /// <summary>Opens a session; the end of the connection closes it.</summary>
    private int ServeSession(nint handle, PamDialogue dialogue)
    {
        int code = LibPam.pam_setcred(handle, LibPam.EstablishCredentials);
        string call = "pam_setcred";
        bool hasCredentials = code == LibPam.Success;
        if (hasCredentials) (call, code) = ("pam_open_session", LibPam.pam_open_session(handle, 0));
        PamResult result = Describe(handle, code == LibPam.Success && dialogue.Broken is null ? PamOutcome.Success : PamOutcome.Error, call, code);
        // The texts of session modules (motd, mail) have no place any more: the shell they are meant for is elsewhere.
        channel.Write(HelperMessage.SessionResult, HelperFields.Result(result));
        if (code == LibPam.Success)
        {
            using Frame? end = channel.Read(FrameChannel.MaxRequest);
            code = LibPam.pam_close_session(handle, 0);
        }

        if (!hasCredentials) return code;
        int deleted = LibPam.pam_setcred(handle, LibPam.DeleteCredentials);
        return code == LibPam.Success ? deleted : code;
    }

    private bool IsSameUser(nint handle)
    {
        byte* name = null;
        return LibPam.pam_get_item(handle, LibPam.ItemUser, &name) == LibPam.Success && string.Equals(LibPam.Text(name), request.User, StringComparison.Ordinal);
    }

    private void Send(IReadOnlyList<PamMessage> messages, PamResult result) => channel.Write(HelperMessage.Step, HelperFields.Step(new PamStep(messages, result)));

    private static PamResult Describe(nint handle, PamOutcome outcome, string call, int code) =>
        new(outcome, code == LibPam.Success ? "" : $"{call}: {LibPam.Text(LibPam.pam_strerror(handle, code))} ({code})");

    private static PamOutcome OfAuthentication(int code) => code switch
    {
        LibPam.AuthenticationError or LibPam.UserUnknown or LibPam.CredentialsInsufficient or LibPam.MaxTries or LibPam.PermissionDenied
            or LibPam.ConversationError => PamOutcome.Failure,
        LibPam.AccountExpired => PamOutcome.AccountExpired,
        LibPam.NewPasswordRequired or LibPam.PasswordExpired => PamOutcome.PasswordExpired,
        _ => PamOutcome.Error,
    };

    private static PamOutcome OfAccount(int code) => code switch
    {
        LibPam.Success => PamOutcome.Success,
        LibPam.AccountExpired => PamOutcome.AccountExpired,
        LibPam.NewPasswordRequired or LibPam.PasswordExpired => PamOutcome.PasswordExpired,
        LibPam.PermissionDenied or LibPam.AuthenticationError or LibPam.UserUnknown => PamOutcome.AccountLocked,
        _ => PamOutcome.Error,
    };
}
