using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class ChannelTableTests
{
    [Fact]
    public void Numbers_are_dense_and_the_lowest_free_one_is_used_again()
    {
        var table = new ChannelTable(10);
        ChannelSlot[] slots = [.. Enumerable.Range(0, 5).Select(_ => table.TryAdd("session", Side.Client)!)];
        Assert.Equal([0u, 1u, 2u, 3u, 4u], slots.Select(slot => slot.Number));

        table.Remove(slots[1]);
        table.Remove(slots[3]);
        Assert.Equal(1u, table.TryAdd("session", Side.Client)!.Number);
        Assert.Equal(3u, table.TryAdd("session", Side.Client)!.Number);
        Assert.Equal(5u, table.TryAdd("session", Side.Client)!.Number);
        Assert.Equal(6, table.Count);
    }

    [Fact]
    public void A_full_table_gives_no_slot_until_one_is_free()
    {
        var table = new ChannelTable(2);
        ChannelSlot first = table.TryAdd("session", Side.Client)!;
        Assert.NotNull(table.TryAdd("session", Side.Client));
        Assert.Null(table.TryAdd("session", Side.Client));
        table.Remove(first);
        Assert.NotNull(table.TryAdd("session", Side.Destination));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(uint.MaxValue)]
    public void An_unknown_number_is_a_protocol_error(uint number)
    {
        var table = new ChannelTable(10);
        ChannelSlot slot = table.TryAdd("session", Side.Client)!;
        table.Remove(slot);
        Assert.Throws<SshProtocolException>(() => table.Get(number));
    }

    [Fact]
    public void A_hundred_thousand_channels_one_after_the_other_need_one_slot()
    {
        var table = new ChannelTable(1024);
        for (int i = 0; i < 100_000; i++)
        {
            ChannelSlot slot = table.TryAdd("session", Side.Client)!;
            Assert.Equal(0u, slot.Number);
            table.Remove(slot);
        }

        Assert.Equal(0, table.Count);
    }
}
