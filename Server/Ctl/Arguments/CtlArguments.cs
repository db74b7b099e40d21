using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Ctl.Arguments;

/// <summary>
/// The command line, read as sshproxyctl reads it: options stand before, between or after the words, with one dash or two, their
/// value in the next argument or behind an equals sign. After <c>--</c> there are words only.
/// </summary>
internal sealed class CtlArguments
{
    private readonly Dictionary<CtlOption, string> _values = [];

    private CtlArguments()
    {
    }

    public List<string> Words { get; } = [];

    public IEnumerable<CtlOption> Options => _values.Keys;

    /// <exception cref="UsageException">An option is unknown, lacks its value, or has one that it cannot have.</exception>
    public static CtlArguments Read(IReadOnlyList<string> arguments)
    {
        var result = new CtlArguments();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                result.Words.AddRange(arguments.Skip(i + 1));
                break;
            }

            if (argument.Length > 1 && argument[0] == '-') result.ReadOption(arguments, ref i);
            else result.Words.Add(argument);
        }

        return result;
    }

    public bool Has(CtlOption option) => _values.ContainsKey(option);

    public string? Value(CtlOption option) => _values.GetValueOrDefault(option);

    private void ReadOption(IReadOnlyList<string> arguments, ref int position)
    {
        string argument = arguments[position];
        string text = argument[(argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..];
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        CtlOption option = CtlOption.Find(name) ?? throw new UsageException($"unknown option '{Shown.Text(argument)}'");
        string? value = equals < 0 ? null : text[(equals + 1)..];
        if (option.Value is null) ReadFlag(option, value);
        else if (value is not null) _values[option] = value;
        else if (++position < arguments.Count) _values[option] = arguments[position];
        else throw new UsageException($"the option -{name} needs a value");
    }

    private void ReadFlag(CtlOption option, string? value)
    {
        if (value is null or "true" or "1") _values[option] = "true";
        else if (value is "false" or "0") _values.Remove(option);
        else throw new UsageException($"the option -{option.Name} takes no value");
    }
}
