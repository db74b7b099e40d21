using Npgsql;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using SshGateway.Storage.State.Postgres;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Storage.Tests.State;

public sealed class StateStoresTests
{
    [Theory]
    [InlineData("sqlite:/tmp/x/state.db", typeof(SqliteStateStore))]
    [InlineData("memory:", typeof(MemoryStateStore))]
    [InlineData("postgresql://bob@db/state", typeof(PostgresStateStore))]
    [InlineData("postgres://db", typeof(PostgresStateStore))]
    [InlineData("host=db dbname=state", typeof(PostgresStateStore))]
    [InlineData("Host=db;Database=state", typeof(PostgresStateStore))]
    public async Task The_text_says_which_store(string database, Type expected)
    {
        await using IStateStore store = StateStores.Open(database);
        Assert.IsType(expected, store);
    }

    [Fact]
    public async Task A_variable_of_the_environment_may_hold_it()
    {
        Environment.SetEnvironmentVariable("SSHGATEWAY_TEST_STATE", "memory:");
        await using IStateStore store = StateStores.Open("env:SSHGATEWAY_TEST_STATE");
        Assert.IsType<MemoryStateStore>(store);
        Assert.Contains("SSHGATEWAY_TEST_NOTHING", Assert.Throws<FormatException>(() => StateStores.Open("env:SSHGATEWAY_TEST_NOTHING")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mysql")]
    [InlineData("sqlite:")]
    [InlineData("host=db passwort=s3cret")]
    [InlineData("host=db password='s3cret' port=x")]
    [InlineData("Host=db;Password=s3cret;Port=x")]
    [InlineData("postgresql://bob:s3cret@db:port/x")]
    [InlineData("postgresql://bob:s3cret@db/x?nonsense=1")]
    public void Nonsense_is_refused_without_telling_a_secret(string database)
    {
        FormatException exception = Assert.Throws<FormatException>(() => StateStores.Open(database));
        Assert.DoesNotContain("s3cret", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://bob:p%40s%3As@db.example:6543/state?sslmode=verify-full&application_name=gw", "db.example", 6543, "state", "bob", "p@s:s")]
    [InlineData("postgres://db/state", "db", 5432, "state", null, null)]
    [InlineData("postgres://[::1]:6543/state", "::1", 6543, "state", null, null)]
    [InlineData("postgres:///state?host=/run/postgresql", "/run/postgresql", 5432, "state", null, null)]
    [InlineData("postgresql://db1:6543,db2:6544/state?target_session_attrs=read-write", "db1:6543,db2:6544", 5432, "state", null, null)]
    [InlineData(@"host=db port = 6543 dbname='st\'a te' user=bob password='x=\\y'", "db", 6543, "st'a te", "bob", @"x=\y")]
    [InlineData("Host=db;Port=6543;Database=state;Username=bob", "db", 6543, "state", "bob", null)]
    public void Connection_strings_are_read_as_libpq_reads_them(string text, string host, int port, string database, string? user, string? password)
    {
        NpgsqlConnectionStringBuilder settings = PostgresConnectionString.Parse(text);
        Assert.Equal((host, port, database, user, password), (settings.Host, settings.Port, settings.Database, settings.Username, settings.Password));
    }

    [Fact]
    public void Ssl_modes_have_the_names_of_libpq() =>
        Assert.Equal(SslMode.VerifyFull, PostgresConnectionString.Parse("host=db sslmode=verify-full").SslMode);
}
