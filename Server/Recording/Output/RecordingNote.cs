namespace SshGateway.Server.Recording.Output;

/// <param name="TimeNs">When.</param>
/// <param name="Kind">One word: limit, resumed, bulk, broken.</param>
/// <param name="Text">A sentence for people.</param>
/// <param name="Values">Figures and digests, for programs.</param>
internal sealed record RecordingNote(ulong TimeNs, string Kind, string Text, IReadOnlyList<KeyValuePair<string, string>> Values);
