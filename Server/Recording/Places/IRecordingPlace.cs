namespace SshGateway.Server.Recording.Places;

/// <summary>Where a recording goes. Used by one thread at a time; what fails throws IOException.</summary>
internal interface IRecordingPlace : IDisposable
{
    /// <summary>For people and for the index: a path, or collector and session.</summary>
    string Location { get; }

    /// <summary>dump or asciicast.</summary>
    string Format { get; }

    Stream Data { get; }

    /// <summary>What the dump format has no place for; asked for when there is something.</summary>
    Stream OpenSide();

    /// <summary>A write failed: keeps this much of the data, which is whole.</summary>
    void Cut(long length);
}
