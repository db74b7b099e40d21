using System.Reflection;
using SshGateway.Server.Tests.Configuration;
using SshGateway.Storage.State.Postgres;
using SshGateway.Storage.Tests.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>The same outputs from PostgreSQL, whose clock is set by the test: its search path finds other functions of that name first.</summary>
public sealed class ReferenceOutputFromPostgresTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private const string Clock = """
        create schema clock;
        create table clock.face (shown timestamptz);
        insert into clock.face values ('epoch');
        create function clock.now() returns timestamptz language sql stable as 'select shown from clock.face';
        create function clock.clock_timestamp() returns timestamptz language sql volatile as 'select shown from clock.face';
        """;

    public static TheoryData<string> Outputs
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (MethodInfo method in typeof(ReferenceOutputTests).GetMethods())
                if (method.GetCustomAttribute<ReferenceFactAttribute>() is { Skip: null }) names.Add(method.Name);
            // A theory without data fails; without the reference there is nothing to compare.
            if (names.Count == 0) names.Add("");
            return names;
        }
    }

    [PostgresTheory]
    [MemberData(nameof(Outputs))]
    public async Task Reads_as_from_the_other_stores(string output)
    {
        if (output.Length == 0) return;
        string database = await cluster.CreateDatabaseAsync();
        await cluster.ExecuteAsync(database, Clock);
        await cluster.ExecuteAsync("postgres", $"alter database {database} set search_path = clock, pg_catalog, public");
        var ctl = new CtlFixture(store: time => new PostgresStateStore(cluster.ConnectionString(database), time));
        await SetAsync(ctl.Time.Now);
        ctl.Time.Changed = time => SetAsync(time).GetAwaiter().GetResult();
        await using (ctl.Store)
        {
            var test = (Task)typeof(ReferenceOutputTests).GetMethod(output)!.Invoke(new OnPostgres(ctl), null)!;
            await test;
        }

        Task SetAsync(DateTimeOffset time) => cluster.ExecuteAsync(database, $"update clock.face set shown = '{time:yyyy-MM-dd HH:mm:ss.ffffff}+00'");
    }

    private sealed class OnPostgres(CtlFixture ctl) : ReferenceOutputTests(ctl);
}
