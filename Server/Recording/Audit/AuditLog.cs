using System.Globalization;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.State;

namespace SshGateway.Server.Recording.Audit;

/// <summary>Where file transfers are written down: the log, and the events of the state store.</summary>
internal sealed class AuditLog(RecordingServices services, TapContext context)
{
    /// <summary>A file is closed: what passed of it.</summary>
    public void Transferred(SftpFile file, string result)
    {
        string summary = string.Create(
            CultureInfo.InvariantCulture, $"{file.BytesRead} bytes read, {file.BytesWritten} bytes written, {result}");
        services.Log.FileTransferred(context.SessionId, PeerText.Escape(file.Path), summary);
        Put($"file {PeerText.Escape(file.Path)}: {summary}");
    }

    /// <summary>Something else was done, or tried: remove, rename, mkdir, …</summary>
    public void Done(string action, string result)
    {
        services.Log.FileAction(context.SessionId, PeerText.Escape(action), result);
        Put($"{PeerText.Escape(action)}: {result}");
    }

    public void Copied(string command, long fromClient, long fromDestination, string exit)
    {
        services.Log.Transfer(context.SessionId, command, fromClient, fromDestination, exit);
        Put(string.Create(CultureInfo.InvariantCulture, $"{command}: {fromClient} bytes from the client, {fromDestination} bytes from the destination, {exit}"));
    }

    public void Ended(string reason) => services.Log.AuditEnded(context.SessionId, reason);

    private void Put(string message) => services.Index.Put(new EventRecord
    {
        Time = services.Time.GetUtcNow(),
        Kind = "transfer",
        Gateway = services.Gateway,
        Connection = context.SessionId,
        User = context.User,
        Source = context.Source.ToString(),
        Host = context.Destination.ToString(),
        Message = message,
    });
}
