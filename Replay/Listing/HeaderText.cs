using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Listing;

/// <summary>The lines above a listing or a played session.</summary>
internal static class HeaderText
{
    public static string Opening(string file) => $"===> opening {PrintableText.Escape(file)}\n";

    public static string Describe(DumpHeader header, DumpTimeText times) =>
        $"""
        --> Version: {DumpHeader.Version}
        --> Start:   {times.Full(header.StartNs)}
        --> User:    {PrintableText.Escape(header.UserText)}
        --> From:    {header.Source}
        --> To:      {header.Destination}
        --> Command: {PrintableText.Escape(header.CommandText)}

        """;
}
