namespace SshGateway.Server.Recording.Output;

/// <summary>What a recording is turned into, step by step. One thread at a time; a failed write throws IOException.</summary>
internal interface IRecordingOutput
{
    /// <summary>Takes whole records, framed as in a dump.</summary>
    void Write(ReadOnlySpan<byte> records);

    void Resize(ulong timeNs, int columns, int rows);

    /// <summary>Something about the recording itself: that a part is left out, or that it ends early.</summary>
    void Note(RecordingNote note);

    /// <summary>Hands everything to the operating system.</summary>
    void Flush();

    /// <summary>Nothing more will come.</summary>
    void Finish(ulong timeNs);
}
