using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class ChannelSlotTests
{
    private static ChannelSlot Open(uint clientWindow)
    {
        var slot = new ChannelSlot(0, "session", Side.Client);
        slot[Side.Destination].Grant(0);
        slot.Confirm(Side.Destination, id: 7, window: clientWindow);
        return slot;
    }

    [Fact]
    public void Data_within_the_window_is_counted()
    {
        ChannelSlot slot = Open(1000);
        slot[Side.Client].Spend(600);
        slot[Side.Client].Spend(400);
        Assert.Equal(1000u, slot[Side.Client].DataBytes);
    }

    [Fact]
    public void A_tenth_over_the_window_passes_and_more_is_a_protocol_error()
    {
        ChannelSlot slot = Open(1000);
        slot[Side.Client].Spend(1100);
        Assert.Throws<SshProtocolException>(() => slot[Side.Client].Spend(1));
    }

    [Fact]
    public void A_window_may_reach_its_limit_and_not_pass_it()
    {
        ChannelSlot slot = Open(uint.MaxValue);
        slot[Side.Client].Spend(10);
        slot[Side.Client].Grant(10);
        Assert.Throws<SshProtocolException>(() => slot[Side.Client].Grant(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_after_the_end_is_a_protocol_error(bool afterEof)
    {
        ChannelSlot slot = Open(1000);
        if (afterEof) slot[Side.Client].EofSent = true;
        else slot[Side.Client].CloseSent = true;
        Assert.Throws<SshProtocolException>(() => slot[Side.Client].Spend(1));
    }

    [Fact]
    public void It_is_closed_when_both_sides_have_closed()
    {
        ChannelSlot slot = Open(0);
        slot[Side.Client].CloseSent = true;
        Assert.False(slot.IsClosed);
        slot[Side.Destination].CloseSent = true;
        Assert.True(slot.IsClosed);
    }
}
