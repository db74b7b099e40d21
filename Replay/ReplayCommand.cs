using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using SshGateway.Replay.Arguments;
using SshGateway.Replay.Export;
using SshGateway.Replay.Listing;
using SshGateway.Replay.Playback;
using SshGateway.Replay.Search;
using SshGateway.Replay.Terminal;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay;

/// <summary>The command: one file after the other; an error in one does not keep the next from being shown.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The buffer holds only bytes, and the stream under it is the environment's.")]
internal sealed class ReplayCommand(ReplayEnvironment environment)
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int WrongUsage = 2;

    private const string Name = "sshgateway-replay";
    private const int OutputBuffer = 32 * 1024;

    private readonly BufferedStream _output = new(environment.Output, OutputBuffer);
    private readonly DumpTimeText _times = new(environment.Zone);

    /// <summary>Returns the exit status.</summary>
    public async Task<int> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(ArgumentReader.Read(arguments), cancellationToken);
        }
        catch (UsageException error)
        {
            Report($"{error.Message}\nTry '{Name} -help'.");
            return WrongUsage;
        }
        catch (BrokenPipeException)
        {
            return Failure;
        }
        catch (IOException error)
        {
            Report(error.Message);
            return Failure;
        }
    }

    private async Task<int> RunAsync(ReplayOptions options, CancellationToken cancellationToken)
    {
        switch (options.Action)
        {
            case ReplayAction.ShowUsage: Show(UsageText.Text); return Success;
            case ReplayAction.ShowVersion: Show($"{Name} {VersionText()}\n"); return Success;
            case ReplayAction.Search: return await SearchAsync(options, cancellationToken);
            case ReplayAction.Export: return await ExportAsync(options, cancellationToken);
            case ReplayAction.Play: return await PlayAsync(options, cancellationToken);
            default: return await ForEachFileAsync(options, (file, _) => ListAsync(options, file, cancellationToken), cancellationToken);
        }
    }

    private static string VersionText() => Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "";

    private async Task ListAsync(ReplayOptions options, string file, CancellationToken cancellationToken)
    {
        Write(HeaderText.Opening(file));
        await using Stream stream = Open(options, file);
        await new HexListing(_output, _times).WriteAsync(new DumpReader(stream), cancellationToken);
    }

    private async Task<int> SearchAsync(ReplayOptions options, CancellationToken cancellationToken)
    {
        int found = 0;
        int status = await ForEachFileAsync(options, Search, cancellationToken);
        return found > 0 ? status : Failure;

        async Task Search(string file, CancellationToken token)
        {
            var listing = new SearchListing(_output, _times, file, options.SearchText);
            try
            {
                await using Stream stream = Open(options, file);
                await listing.WriteAsync(new DumpReader(stream), token);
            }
            finally
            {
                found += listing.Found;
            }
        }
    }

    private async Task<int> ExportAsync(ReplayOptions options, CancellationToken cancellationToken)
    {
        await using Stream? timing = options.TimingFile is { } path ? DumpFile.Create(path) : null;
        ISessionExport export = options.Format switch
        {
            ExportFormat.Asciicast2 => new AsciicastExport(_output, 2, DumpFile.ReadResizes(options.Files[0])),
            ExportFormat.Asciicast3 => new AsciicastExport(_output, 3, DumpFile.ReadResizes(options.Files[0])),
            ExportFormat.Typescript => new TypescriptExport(_output, timing, _times),
            _ => new TextExport(_output),
        };
        return await ForEachFileAsync(options, Export, cancellationToken);

        async Task Export(string file, CancellationToken token)
        {
            await using Stream stream = Open(options, file);
            await SessionExport.RunAsync(new DumpReader(stream), export, token);
        }
    }

    private async Task<int> PlayAsync(ReplayOptions options, CancellationToken cancellationToken)
    {
        await using var playback = new PlaybackRun(environment, options, cancellationToken);
        return await ForEachFileAsync(options, Play, playback.Ended);

        async Task Play(string file, CancellationToken token)
        {
            Show(HeaderText.Opening(file));
            await playback.PlayAsync(() => Open(options, file), header => Show(HeaderText.Describe(header, _times)), token);
        }
    }

    private async Task<int> ForEachFileAsync(
        ReplayOptions options, Func<string, CancellationToken, Task> show, CancellationToken cancellationToken)
    {
        int status = Success;
        foreach (string file in options.Files)
        {
            try
            {
                await show(file, cancellationToken);
                _output.Flush();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                _output.Flush();
                return status;
            }
            catch (Exception error) when (error is DumpFormatException or IOException and not BrokenPipeException)
            {
                _output.Flush();
                Report($"{PrintableText.Escape(file)}: {error.Message}");
                status = Failure;
            }
        }

        return status;
    }

    private Stream Open(ReplayOptions options, string file) =>
        options.Follow ? DumpFile.Follow(file, environment.WatchFile, _output.Flush) : DumpFile.Open(file);

    private void Write(string text) => _output.Write(Encoding.UTF8.GetBytes(text));

    private void Show(string text)
    {
        Write(text);
        _output.Flush();
    }

    private void Report(string message) => environment.Errors.Write(Encoding.UTF8.GetBytes($"{Name}: {message}\n"));
}
