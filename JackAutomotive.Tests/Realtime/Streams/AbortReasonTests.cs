using JackAutomotive.Realtime;
using JackAutomotive.Realtime.Transport;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Each aborted connection has the true reason.</summary>
public sealed class AbortReasonTests
{
    private static readonly Block s_block = Block.Of(new byte[700]);

    [Fact]
    public async Task A_client_with_too_many_waiting_bytes_is_cut_for_its_backlog()
    {
        using var stream = new BlockedStream(new RealtimeOptions { BacklogBytes = 1024 });
        stream.Watcher.Send(s_block);
        stream.Watcher.Send(s_block);

        await AssertAbortedAsync(stream, AbortReason.BacklogFull);
    }

    [Fact]
    public async Task A_client_that_takes_no_bytes_is_cut_for_the_time()
    {
        using var stream = new BlockedStream(new RealtimeOptions { WriteTimeout = TimeSpan.Zero });
        stream.Watcher.Send(s_block);
        stream.Watcher.CheckAlive(s_block);

        await AssertAbortedAsync(stream, AbortReason.WriteTimeout);
    }

    [Fact]
    public async Task A_client_that_sends_data_is_cut_for_its_data()
    {
        using var stream = new BlockedStream(new RealtimeOptions()) { HasInput = true };
        stream.Watcher.CheckAlive(s_block);

        await AssertAbortedAsync(stream, AbortReason.ClientSentData);
    }

    [Fact]
    public async Task The_first_reason_counts()
    {
        using var stream = new BlockedStream(new RealtimeOptions());
        stream.Watcher.Abort(AbortReason.InstanceStops);
        stream.Watcher.Abort(AbortReason.ClientDisconnected);

        await AssertAbortedAsync(stream, AbortReason.InstanceStops);
    }

    [Fact]
    public void Every_reason_has_a_description_of_its_own()
    {
        var reasons = Enum.GetValues<AbortReason>();
        Assert.Equal(reasons.Length, reasons.Select(AbortReasons.Describe).Distinct().Count());
    }

    private static async Task AssertAbortedAsync(BlockedStream stream, AbortReason reason)
    {
        await Wait.UntilAsync(() => stream.Aborted is not null, "the connection to be aborted");
        Assert.Equal(reason, stream.Aborted);
    }
}
