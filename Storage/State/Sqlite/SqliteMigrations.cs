using SshGateway.Storage.State.Migrations;

namespace SshGateway.Storage.State.Sqlite;

/// <summary>Brings the file to the version this program knows, under the file's write lock.</summary>
internal static class SqliteMigrations
{
    public static void Apply(SqliteSession session)
    {
        IReadOnlyList<MigrationScript> scripts = MigrationScript.Load("sqlite");
        if (Check(session, scripts) == scripts[^1].Number) return;
        session.Run("begin immediate");
        try
        {
            long version = Check(session, scripts);
            if (version == 0)
                session.Run("create table migration (number integer primary key, name text not null, applied text not null default current_timestamp)");
            foreach (MigrationScript script in scripts.Where(s => s.Number > version))
            {
                session.Run(script.Sql);
                session.Execute("insert into migration (number, name) values (?1, ?2)", script.Number, script.Name);
            }
            session.Run("commit");
        }
        catch
        {
            session.Run("rollback");
            throw;
        }
    }

    private static long Check(SqliteSession session, IReadOnlyList<MigrationScript> scripts)
    {
        bool exists = session.Number("select count(*) from sqlite_master where type = 'table' and name = 'migration'") > 0;
        long version = exists ? session.Number("select coalesce(max(number), 0) from migration") ?? 0 : 0;
        return version <= scripts[^1].Number ? version : throw MigrationScript.TooNew((int)version, scripts[^1].Number);
    }
}
