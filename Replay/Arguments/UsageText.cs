namespace SshGateway.Replay.Arguments;

internal static class UsageText
{
    public const string Text = """
        usage: sshgateway-replay [options] FILE...

        Shows recordings of sessions (dump format, version 1). Without options: the header and a hex listing of each file.
        FILE may be - for standard input. Options begin with one dash or two and may stand after the files.

          -replay           play the session as the user saw it, with its timing
                            (space: pause; left, right: 5 s back, on; down, up: 1 min back, on; q: quit)
          -speed N          with -replay: N times faster (0.5: half as fast)
          -max-wait TIME    with -replay: no pause longer than TIME (2s, 500ms, 1m30s)
          -follow           go on with what is being written to FILE, until interrupted;
                            with -replay: show what is there at once, then the session as it goes on
          -grep TEXT        print the lines of the session that hold TEXT, typed or shown
          -export FORMAT    asciicast (version 2), asciicast3, text or typescript, on standard output
          -timing FILE      with -export typescript: write the timing for scriptreplay to FILE
          -version, -help

        Exit status: 0; 1 if a file could not be read to its end, is damaged, or -grep found nothing; 2 for wrong usage.

        """;
}
