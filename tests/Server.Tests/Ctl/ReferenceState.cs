using SshGateway.Storage.State;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>The state in which the reference was printed: six sessions of two users over two services, one host down.</summary>
internal static class ReferenceState
{
    /// <param name="fixture">Its store is filled; its clock stands at <see cref="CtlFixture.Start"/> afterwards.</param>
    /// <param name="kbIn">kB/s of the one session that sends; it varied.</param>
    /// <param name="kbOut">kB/s of the one session that receives.</param>
    /// <param name="firstTtl">Seconds that the first persisted choice has left.</param>
    /// <param name="secondTtl">And the second.</param>
    public static async Task FillAsync(CtlFixture fixture, int kbIn, int kbOut, int firstTtl = 3588, int secondTtl = 3587)
    {
        IStateStore store = fixture.Store;
        CancellationToken none = CancellationToken.None;
        await CheckAsync(fixture, "127.0.0.2:2200", true, 48, 752232);
        await CheckAsync(fixture, "127.0.0.3:2200", true, 50, 123596);
        await CheckAsync(fixture, "127.0.0.9:2200", false, 52, 1879178);
        await CheckAsync(fixture, "127.0.0.4:2200", true, 56, 2173411);
        fixture.Time.Now = CtlFixture.Start;
        await store.RenewLeaseAsync(new GatewayRecord("gw1", "1", ["127.0.0.1:2301", "127.0.0.1:2302"], CtlFixture.Start), TimeSpan.FromHours(1), none);
        await PersistAsync(fixture, "bench1", firstTtl);
        await PersistAsync(fixture, "bench2", secondTtl);
        const string One = "hpc bench1", Two = "bench2 staffx hpc";
        await fixture.ConnectAsync(
            CtlFixture.Connection("0000000005", "bench2", "login", "127.0.0.2:2200", At(54, 5412795), Two),
            CtlFixture.Connection("0000000002", "bench1", "login", "127.0.0.3:2200", At(50, 200968), One, kbIn: kbIn),
            CtlFixture.Connection("0000000001", "bench1", "login", "127.0.0.2:2200", At(48, 855390), One, kbOut: kbOut),
            CtlFixture.Connection("0000000003", "bench1", "login", "127.0.0.3:2200", At(52, 2020684), One),
            CtlFixture.Connection("0000000004", "bench1", "transfer", "127.0.0.4:2200", At(57, 9491505), One, kbOut: 39),
            CtlFixture.Connection("0000000006", "bench2", "transfer", "127.0.0.4:2200", At(56, 2203319), Two));
    }

    /// <summary>07:15 and so many seconds.</summary>
    private static DateTimeOffset At(int second, int ticks) => CtlFixture.Start.AddMinutes(-1).AddSeconds(second).AddTicks(ticks);

    private static Task CheckAsync(CtlFixture fixture, string host, bool isUp, int second, int ticks)
    {
        fixture.Time.Now = At(second, ticks);
        return fixture.Store.PutHostCheckAsync(host, isUp, isUp ? "" : "refused", CancellationToken.None);
    }

    // A choice is persisted when a connection ends.
    private static async Task PersistAsync(CtlFixture fixture, string user, int seconds)
    {
        await fixture.ConnectAsync(CtlFixture.Connection("ffffffffff", user, "transfer", "127.0.0.4:2200", CtlFixture.Start));
        await fixture.Store.EndConnectionAsync("ffffffffff", TimeSpan.Zero, TimeSpan.FromSeconds(seconds), CancellationToken.None);
    }
}
