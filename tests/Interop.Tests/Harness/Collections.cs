using Xunit;

namespace SshGateway.Interop.Tests.Harness;

// Each collection has a destination and a gateway of its own; two collections run at a time.

[CollectionDefinition(Name)]
public sealed class SessionCollection : ICollectionFixture<TestBed>
{
    public const string Name = "sessions";
}

[CollectionDefinition(Name)]
public sealed class FileCollection : ICollectionFixture<TestBed>
{
    public const string Name = "files";
}

[CollectionDefinition(Name)]
public sealed class ForwardCollection : ICollectionFixture<TestBed>
{
    public const string Name = "forwards";
}

[CollectionDefinition(Name)]
public sealed class ClientCollection : ICollectionFixture<TestBed>
{
    public const string Name = "clients";
}
