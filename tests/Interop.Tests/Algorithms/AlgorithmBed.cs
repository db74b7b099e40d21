using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

[CollectionDefinition(Name)]
public sealed class AlgorithmCollection : ICollectionFixture<AlgorithmBed>
{
    public const string Name = "algorithms";
}

/// <summary>A gateway for the client's rows, and for the destination's rows one gateway per user key in front of a switch.</summary>
public sealed class AlgorithmBed : TestBed
{
    private readonly Dictionary<string, KeyPair> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Route> _switchRoutes = new(StringComparer.Ordinal);

    internal TcpSwitch Switch { get; private set; } = null!;

    /// <summary>Host keys of the sshd behind the switch: all types that a row may pin.</summary>
    internal IReadOnlyList<KeyPair> SwitchHostKeys { get; private set; } = [];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Switch = Own(new TcpSwitch());
        SwitchHostKeys =
        [
            DestinationHostKeys[0],
            await KeyPair.GenerateAsync(Folder, "keys/switch_rsa", "rsa", 3072),
            await KeyPair.GenerateAsync(Folder, "keys/switch_ecdsa", "ecdsa", 256),
        ];
    }

    /// <summary>A user key of a type ("rsa:4096"), accepted by the gateway and by the destinations; null: the usual one.</summary>
    internal async Task<KeyPair> KeyAsync(string? type)
    {
        if (type is null)
        {
            return UserKey;
        }

        if (!_keys.TryGetValue(type, out KeyPair? key))
        {
            string[] parts = type.Split(':');
            int? bits = parts.Length > 1 ? int.Parse(parts[1]) : null;
            key = _keys[type] = await KeyPair.GenerateAsync(Folder, $"keys/user_{string.Join('_', parts)}", parts[0], bits);
            await File.AppendAllTextAsync(AuthorizedKeys, key.PublicText + "\n");
        }

        return key;
    }

    /// <summary>The way through a gateway to whatever stands behind the switch; the gateway's own key is of the type.</summary>
    internal async Task<Route> SwitchRouteAsync(string? gatewayKey)
    {
        string name = $"s{gatewayKey?.Replace(':', '_')}";
        if (_switchRoutes.TryGetValue(name, out Route? route))
        {
            return route;
        }

        KeyPair key = gatewayKey is null ? GatewayKey : await KeyAsync(gatewayKey);
        if (DirectOnly)
        {
            return _switchRoutes[name] = new Route(Folder, name, Switch.Port, key, SwitchHostKeys.Select(host => host.PublicText));
        }

        GatewayOptions options = DestinationOptions(Switch.Port, SwitchHostKeys.Select(host => host.PublicText)) with
        {
            DestinationKey = key.PrivateFile,
        };
        return _switchRoutes[name] = RouteThrough(await StartGatewayAsync(options), name);
    }
}
