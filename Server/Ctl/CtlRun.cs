using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>Where a command line runs: in a process of its own, or inside a gateway on behalf of one.</summary>
internal sealed record CtlRun
{
    public const int StoreFailed = 1;
    public const int Usage = 2;

    /// <summary>What a shell sees of a program that SIGPIPE ended.</summary>
    public const int OutputClosed = 141;

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required Terminal Terminal { get; init; }

    public required string Actor { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads a configuration file: (path, resolve its names).</summary>
    public required Func<string, bool, ConfigurationResult> Load { get; init; }

    /// <summary>The store of a configuration; null when only the gateway itself has it.</summary>
    public required Func<GatewayConfiguration, IStateStore?> Open { get; init; }

    /// <summary>The store is somebody else's and stays open.</summary>
    public bool IsStoreBorrowed { get; init; }

    /// <summary>Has the gateway run the command line.</summary>
    public required Func<GatewayConfiguration, CancellationToken, Task<int>> RunInGatewayAsync { get; init; }

    public required Func<string, IReadOnlyList<string>?> GroupsOf { get; init; }

    /// <summary>Where it runs inside a gateway: that one's sessions.</summary>
    public LiveSessions? Live { get; init; }

    /// <summary>Runs a command line and returns the exit code. Only the unforeseen is thrown.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> line, CancellationToken cancellationToken)
    {
        CtlCommand? command = null;
        try
        {
            CtlArguments arguments = CtlArguments.Read(line);
            (command, IReadOnlyList<string> words) = Choose(arguments);
            int code = await RunAsync(command, words, arguments, cancellationToken);
            await Output.FlushAsync(CancellationToken.None);
            return code;
        }
        catch (UsageException e)
        {
            await FailAsync(e.Message);
            await Error.WriteAsync("\n" + (command is null ? CtlUsage.Text() : CtlUsage.Text([command])));
            return Usage;
        }
        catch (Exception e) when (e is StateStoreException or CtlException)
        {
            await FailAsync(e.Message);
            return StoreFailed;
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            return OutputClosed;
        }
        finally
        {
            await Error.FlushAsync(CancellationToken.None);
        }
    }

    private static (CtlCommand Command, IReadOnlyList<string> Words) Choose(CtlArguments arguments)
    {
        // "show hosts -help" is "help show hosts".
        if (arguments.Has(CtlOption.Help)) return (PrintHelp.Command, arguments.Words);
        (CtlCommand command, IReadOnlyList<string> words) = CtlCommands.Find(arguments.Words);
        CtlOption? foreign = arguments.Options.FirstOrDefault(o => o != CtlOption.Configuration && !command.Options.Contains(o));
        return foreign is null ? (command, words) : throw new UsageException($"the option -{foreign.Name} does not belong to '{command.Name}'");
    }

    private async Task<int> RunAsync(CtlCommand command, IReadOnlyList<string> words, CtlArguments arguments, CancellationToken cancellationToken)
    {
        var context = new CtlContext
        {
            Arguments = arguments,
            Words = words,
            Output = Output,
            Error = Error,
            Terminal = Terminal,
            Time = Time,
            Actor = Actor,
            GroupsOf = GroupsOf,
            RunInGatewayAsync = RunInGatewayAsync,
            Live = Live,
        };
        if (command.Need == CtlNeed.Nothing) return await command.RunAsync(context, cancellationToken);
        GatewayConfiguration configuration = LoadFor(command, arguments);
        context = context with { Configuration = configuration };
        if (!command.NeedsStore) return await command.RunAsync(context, cancellationToken);
        if (Open(configuration) is not { } store) return await RunInGatewayAsync(configuration, cancellationToken);
        try
        {
            return await command.RunAsync(context with { OpenedStore = store }, cancellationToken);
        }
        finally
        {
            if (!IsStoreBorrowed) await store.DisposeAsync();
        }
    }

    private GatewayConfiguration LoadFor(CtlCommand command, CtlArguments arguments)
    {
        string file = arguments.Value(CtlOption.Configuration) ?? CtlOption.DefaultConfiguration;
        ConfigurationResult result = Load(file, command.Need != CtlNeed.Store);
        return result.Configuration ?? throw new CtlException(string.Join($"\n{CtlUsage.Program}: ", result.Errors));
    }

    private async Task FailAsync(string message)
    {
        await Output.FlushAsync(CancellationToken.None);
        await Error.WriteAsync($"{CtlUsage.Program}: {string.Join('\n', message.Split('\n').Select(Shown.Message))}\n");
    }
}
