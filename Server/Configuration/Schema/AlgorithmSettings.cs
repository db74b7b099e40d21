using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys of <c>algorithms</c>.</summary>
internal static class AlgorithmSettings
{
    public static readonly SettingTable<AlgorithmConfiguration> Table = new SettingTable<AlgorithmConfiguration>()
        .Add("kex", Names("kex"), (a, v) => a with { Kex = v })
        .Add("host_keys", Names("host_keys"), (a, v) => a with { HostKeys = v })
        .Add("ciphers", Names("ciphers"), (a, v) => a with { Ciphers = v })
        .Add("macs", Names("macs"), (a, v) => a with { Macs = v })
        .Add("user_keys", Names("user_keys"), (a, v) => a with { UserKeys = v })
        .Add<bool>("prefer_gcm", Values.Flag, (a, v) => a with { PreferGcm = v })
        .Add<bool>("compression", Values.Flag, (a, v) => a with { Compression = v });

    // A list, or one text with commas; only its first character may be + - or ^.
    private static ValueParser<string> Names(string kind) => (ConfigNode node, ReadContext context, out string value) =>
    {
        value = "";
        if (!Values.ListOf<string>(Values.Text)(node, context, out IReadOnlyList<string> items)) return false;
        value = string.Join(',', items.Select(i => i.Trim()));
        string[] names = value.Split(',');
        if (value.Length > 0 && value[0] is '+' or '-' or '^') names[0] = names[0][1..];
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].Length == 0 && value.Length > 0) return context.Error(node.Mark, "an empty name stands in the list");
            string? problem = names[i].Length == 0 || names[i].AsSpan().IndexOfAny('*', '?') >= 0 ? null : context.Services.AlgorithmProblem(kind, names[i]);
            if (problem is not null) return context.Error(i < node.Items.Count ? node.Items[i].Mark : node.Mark, problem);
        }

        return value.Length == 0 || OfferedAlgorithms.Expand(kind, value).Count > 0 || context.Error(node.Mark, $"nothing is left of '{kind}'");
    };
}
