using System.Globalization;

namespace SshGateway.Replay.Arguments;

/// <summary>
/// Reads the command line. Options have one dash or two, stand before or after the files, and take their value as the next
/// argument or after '='. System.CommandLine knows options of one dash too, but takes a misspelt one for a file, the "false" of
/// "-replay false" for a value, and "[suggest]" for no file at all; for eight options this is shorter than teaching it otherwise.
/// </summary>
internal sealed class ArgumentReader
{
    private static readonly string[] Actions = ["replay", "export", "grep"];

    private readonly Queue<string> _rest;
    private readonly List<string> _files = [];
    private readonly HashSet<string> _given = [];
    private double _speed = 1;
    private TimeSpan _maxWait = TimeSpan.MaxValue;
    private ExportFormat _format;
    private string? _timingFile;
    private string _searchText = "";

    private ArgumentReader(IEnumerable<string> arguments) => _rest = new Queue<string>(arguments);

    /// <exception cref="UsageException">The arguments make no sense.</exception>
    public static ReplayOptions Read(IEnumerable<string> arguments)
    {
        var reader = new ArgumentReader(arguments);
        reader.ReadAll();
        return reader.Validate();
    }

    private void ReadAll()
    {
        while (_rest.TryDequeue(out string? argument))
        {
            if (argument == "--") _files.AddRange(TakeAll());
            else if (argument is "-" or "" || argument[0] != '-') _files.Add(argument);
            else ReadOption(argument);
        }
    }

    private IEnumerable<string> TakeAll()
    {
        while (_rest.TryDequeue(out string? argument)) yield return argument;
    }

    private void ReadOption(string argument)
    {
        string name = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument[1..];
        string? value = null;
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) (name, value) = (name[..equals], name[(equals + 1)..]);
        switch (name)
        {
            case "replay" or "follow": ReadSwitch(name, value); return;
            case "help" or "h" or "version": ReadSwitch(name == "h" ? "help" : name, value); return;
            case "speed": _speed = ReadSpeed(Value(name, value)); break;
            case "max-wait": _maxWait = ReadDuration(Value(name, value)); break;
            case "export": _format = ReadFormat(Value(name, value)); break;
            case "timing": _timingFile = Value(name, value); break;
            case "grep": _searchText = Value(name, value); break;
            default: throw new UsageException($"there is no option {argument}");
        }

        _given.Add(name);
    }

    private void ReadSwitch(string name, string? value)
    {
        switch (value)
        {
            case null or "true": _given.Add(name); break;
            case "false": _given.Remove(name); break;
            default: throw new UsageException($"-{name} takes no value (found '{value}')");
        }
    }

    private string Value(string name, string? value) =>
        value ?? (_rest.TryDequeue(out string? next) ? next : throw new UsageException($"-{name} needs a value"));

    private static double ReadSpeed(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double speed) && speed is >= 0.001 and <= 1e6
            ? speed
            : throw new UsageException($"-speed must be a number from 0.001 to 1000000, such as 2 or 0.5 (found '{text}')");

    private static TimeSpan ReadDuration(string text) =>
        DurationText.TryParse(text, out TimeSpan wait)
            ? wait
            : throw new UsageException($"-max-wait must be a duration such as 2s, 500ms or 1m30s (found '{text}')");

    private static ExportFormat ReadFormat(string text) => text switch
    {
        "asciicast" or "asciicast2" => ExportFormat.Asciicast2,
        "asciicast3" => ExportFormat.Asciicast3,
        "text" => ExportFormat.Text,
        "typescript" => ExportFormat.Typescript,
        _ => throw new UsageException($"-export knows asciicast, asciicast3, text and typescript (found '{text}')"),
    };

    private ReplayOptions Validate()
    {
        ReplayAction action = ChooseAction();
        if (action is not (ReplayAction.ShowUsage or ReplayAction.ShowVersion)) RequireSense(action);
        return new ReplayOptions
        {
            Action = action,
            Files = _files,
            Speed = _speed,
            MaxWait = _maxWait,
            Follow = _given.Contains("follow"),
            Format = _format,
            TimingFile = _timingFile,
            SearchText = _searchText,
        };
    }

    private ReplayAction ChooseAction()
    {
        if (_given.Contains("help")) return ReplayAction.ShowUsage;
        if (_given.Contains("version")) return ReplayAction.ShowVersion;
        string[] actions = [.. Actions.Where(_given.Contains)];
        if (actions.Length > 1) throw new UsageException($"-{actions[0]} and -{actions[1]} exclude each other");
        return actions switch
        {
            ["replay"] => ReplayAction.Play,
            ["export"] => ReplayAction.Export,
            ["grep"] => ReplayAction.Search,
            _ => ReplayAction.List,
        };
    }

    private void RequireSense(ReplayAction action)
    {
        if (_files.Count == 0) throw new UsageException("no file is given");
        if (_files.Contains("")) throw new UsageException("the name of a file is empty");
        if (_files.Count > 1 && action == ReplayAction.Export) throw new UsageException("-export takes one file at a time");
        if (_files.Count > 1 && _given.Contains("follow")) throw new UsageException("-follow takes one file at a time");
        if (_given.Contains("grep") && _searchText.Length == 0) throw new UsageException("-grep needs a text that is not empty");
        if (_given.Contains("timing") && (action != ReplayAction.Export || _format != ExportFormat.Typescript))
            throw new UsageException("-timing belongs to -export typescript");
        RequireTiming(action, "speed");
        RequireTiming(action, "max-wait");
    }

    private void RequireTiming(ReplayAction action, string option)
    {
        if (!_given.Contains(option)) return;
        if (action != ReplayAction.Play) throw new UsageException($"-{option} belongs to -replay");
        if (_given.Contains("follow")) throw new UsageException($"-{option} has no meaning with -follow, which waits for nothing but the file");
    }
}
