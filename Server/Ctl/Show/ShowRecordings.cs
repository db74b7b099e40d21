using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show recordings</c>: recorded sessions, or the places in them where a text stands.</summary>
internal static class ShowRecordings
{
    public static readonly CtlCommand Command = new(
        "show recordings", "[-user USER] [-since TIME] [-limit N] [-grep TEXT] [-csv|-json]",
        "recorded sessions, newest first; -grep: where a text was shown or typed",
        CtlNeed.Store, [CtlOption.User, CtlOption.Since, CtlOption.Limit, CtlOption.Grep, CtlOption.Csv, CtlOption.Json], RunAsync);

    private const int DefaultLimit = 10_000;

    private sealed record Place(RecordingRecord Recording, RecordingGrep.Match Match);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        var filter = new RecordingFilter(
            ctl.Arguments.Value(CtlOption.User), TimeArguments.Since(ctl.Arguments.Value(CtlOption.Since), ctl.Time),
            Limit: TimeArguments.Number(CtlOption.Limit, ctl.Arguments.Value(CtlOption.Limit), DefaultLimit));
        string? text = ctl.Arguments.Value(CtlOption.Grep);
        if (text is "") throw new UsageException("-grep expects a text");
        IReadOnlyList<RecordingRecord> recordings = await ctl.Store.GetRecordingsAsync(filter, cancellationToken);
        if (text is null) Recordings(ctl).Write(ctl, recordings);
        else Places(ctl).Write(ctl, await GrepAsync(ctl, recordings, text, cancellationToken));
        return 0;
    }

    private static async Task<List<Place>> GrepAsync(CtlContext ctl, IReadOnlyList<RecordingRecord> recordings, string text, CancellationToken cancellationToken)
    {
        List<Place> places = [];
        foreach (RecordingRecord recording in recordings)
        {
            try
            {
                places.AddRange((await RecordingGrep.FindAsync(recording, text, cancellationToken)).Select(match => new Place(recording, match)));
            }
            catch (IOException e)
            {
                await ctl.Error.WriteAsync($"{CellText.Clean(recording.Location)}: not searched: {CellText.Clean(e.Message)}\n");
            }
        }

        return places;
    }

    private static Rows<RecordingRecord> Recordings(CtlContext ctl) => new()
    {
        Titles = ["START", "SESSION", "USER", "HOST", "COMMAND", "BYTES", "STATUS", "LOCATION"],
        Cells = r => [ctl.LocalTime(r.Start), r.Connection, r.User, r.Host, r.Command, Units.Bytes(r.Bytes), r.Status, r.Location],
        Csv = r =>
        [
            ctl.LocalTime(r.Start), r.End is { } end ? ctl.LocalTime(end) : "", r.Connection, r.Gateway, r.User, r.Host, r.Command,
            Units.Number(r.Bytes), r.Status, r.Format, r.Location, r.Sha256,
        ],
        Json = (json, r) => json.Text("Start", ctl.Rfc3339(r.Start)).Text("End", r.End is { } end ? ctl.Rfc3339(end) : "").Text("Session", r.Connection)
            .Text("Gateway", r.Gateway).Text("User", r.User).Text("Host", r.Host).Text("Command", r.Command).Number("Bytes", r.Bytes)
            .Text("Status", r.Status).Text("Format", r.Format).Text("Location", r.Location).Text("Sha256", r.Sha256),
    };

    private static Rows<Place> Places(CtlContext ctl) => new()
    {
        Titles = ["TIME", "SESSION", "USER", "STREAM", "LINE", "LOCATION"],
        Cells = p => [ctl.LocalTime(p.Match.Time), p.Recording.Connection, p.Recording.User, p.Match.Stream, p.Match.Line, p.Recording.Location],
        Json = (json, p) => json.Text("Ts", ctl.Rfc3339(p.Match.Time)).Text("Session", p.Recording.Connection).Text("User", p.Recording.User)
            .Text("Stream", p.Match.Stream).Text("Line", p.Match.Line).Text("Location", p.Recording.Location),
    };
}
