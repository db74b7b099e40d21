using System.Globalization;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Reads the arguments of an ssh client for what they mean to a gateway that runs no ssh client. What means nothing
/// here is a warning that names the argument and its line.</summary>
internal sealed class SshArgumentReader
{
    // Options of ssh(1) that take a value, which is then part of the same argument or the next one.
    private const string WithValue = "BbcDEeFIiJLlmOopQRSWw";

    private readonly IReadOnlyList<string> _arguments;
    private readonly ConfigNode _node;
    private readonly ReadContext _context;
    private SshArguments _result;

    private SshArgumentReader(IReadOnlyList<string> arguments, ConfigNode node, ReadContext context)
    {
        _arguments = arguments;
        _node = node;
        _context = context;
        _result = new SshArguments { Raw = arguments };
    }

    public static bool Read(ConfigNode node, ReadContext context, out SshArguments value)
    {
        value = new SshArguments();
        if (!Values.ListOf<string>(Values.Text)(node, context, out IReadOnlyList<string> arguments)) return false;
        SshArgumentReader reader = new(arguments, node, context);
        for (int i = 0; i < arguments.Count;) i = reader.ReadArgument(i);
        value = reader._result;
        return true;
    }

    // Returns the number of the next argument.
    private int ReadArgument(int number)
    {
        string argument = _arguments[number];
        if (argument.Length < 2 || argument[0] != '-')
        {
            Warn(number, "is no option");
            return number + 1;
        }

        for (int i = 1; i < argument.Length; i++)
        {
            if (!WithValue.Contains(argument[i], StringComparison.Ordinal))
            {
                Apply(number, argument[i]);
                continue;
            }

            bool inNext = i + 1 == argument.Length;
            if (inNext && number + 1 == _arguments.Count) Warn(number, "needs a value");
            else Apply(number, argument[i], inNext ? _arguments[number + 1] : argument[(i + 1)..]);
            return number + (inNext ? 2 : 1);
        }

        return number + 1;
    }

    private void Apply(int number, char flag)
    {
        SshArguments? changed = flag switch
        {
            'A' => _result with { ForwardAgent = true },
            'a' => _result with { ForwardAgent = false },
            'X' or 'Y' => _result with { ForwardX11 = true },
            'x' => _result with { ForwardX11 = false },
            't' => _result with { RequestTty = true, ForceTty = _result.RequestTty == true },
            'T' => _result with { RequestTty = false, ForceTty = false },
            's' => _result with { Subsystem = true },
            'q' => _result with { Quiet = true },
            'v' => _result with { Verbose = _result.Verbose + 1 },
            _ => null,
        };
        if (changed is null) Warn(number, $"has no effect here (-{flag})");
        else _result = changed;
    }

    private void Apply(int number, char option, string value)
    {
        SshArguments? changed = option switch
        {
            'i' => _result with { IdentityFiles = [.. _result.IdentityFiles, SshOptionValues.Path(value)] },
            'l' => _result with { User = SshOptionValues.User(value) },
            'p' => SshOptionValues.TryPort(value, out int port) ? _result with { Port = port } : null,
            'o' => Option(number, value),
            _ => null,
        };
        if (changed is not null) _result = changed;
        else if (option == 'p') Warn(number, "is no port");
        else Warn(number, $"has no effect here (-{option})");
    }

    private SshArguments Option(int number, string text)
    {
        int parting = text.AsSpan().IndexOfAny('=', ' ', '\t');
        string key = parting < 0 ? text : text[..parting];
        string value = parting < 0 ? "" : text[(parting + 1)..].Trim(' ', '\t', '=', '"');
        if (!SshOptionValues.IsKnown(key)) Warn(number, $"has no effect here ({Shown.Text(key)})");
        else if (SshOptionValues.Apply(_result, key, value) is { } changed) return changed;
        else Warn(number, $"has a value that is not understood ({Shown.Text(key)})");
        return _result;
    }

    private void Warn(int number, string why)
    {
        ConfigMark mark = _node.Kind == ConfigKind.List ? _node.Items[number].Mark : _node.Mark;
        _context.Warn(mark, string.Create(CultureInfo.InvariantCulture, $"the ssh argument '{Shown.Text(_arguments[number])}' {why}"));
    }
}
