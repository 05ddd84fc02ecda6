using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>When a stream that a token opened is ended.</summary>
public sealed class TokenExpiryTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(s_noon);

    [Property]
    public bool A_stream_ends_after_80_to_100_percent_of_the_remaining_lifetime_of_its_token(PositiveInt seconds, byte spread)
    {
        var remaining = TimeSpan.FromSeconds(seconds.Get);
        var end = TokenExpiry.ChooseEnd(s_noon, s_noon + remaining, spread / 255.0) - s_noon;
        return end >= remaining * 0.8 && end <= remaining;
    }

    [Fact]
    public void End_times_cover_the_whole_range_and_a_token_that_expired_within_the_clock_skew_ends_at_once()
    {
        Assert.Equal(s_noon.AddSeconds(80), TokenExpiry.ChooseEnd(s_noon, s_noon.AddSeconds(100), 0));
        Assert.Equal(s_noon.AddSeconds(100), TokenExpiry.ChooseEnd(s_noon, s_noon.AddSeconds(100), 1));
        Assert.Equal(s_noon, TokenExpiry.ChooseEnd(s_noon, s_noon.AddSeconds(-3), 0.5));
    }

    [Fact]
    public void Each_open_stream_ends_once_in_its_time_and_streams_of_tokens_made_together_end_apart()
    {
        using var expiry = new TokenExpiry(TestLoops.Create(), _time);
        var ends = new Dictionary<int, int>();
        var endedAt = new HashSet<int>();
        var entries = Enumerable.Range(0, 500)
            .Select(i => expiry.Schedule(ViewerUntil(100), () => ends[i] = ends.GetValueOrDefault(i) + 1)!).ToArray();
        Array.ForEach(entries[..100], entry => entry.Dispose());
        Assert.Equal(400, expiry.Count);

        for (var second = 0; second <= 100; second++)
        {
            var before = ends.Count;
            expiry.EndExpiredStreams();
            if (ends.Count > before)
            {
                endedAt.Add(second);
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Enumerable.Range(100, 400), ends.Keys.Order());
        Assert.All(ends.Values, count => Assert.Equal(1, count));
        Assert.InRange(endedAt.Min(), 80, 85);
        Assert.InRange(endedAt.Max(), 95, 100);
        Assert.True(endedAt.Count > 15, "they ended together");
        Assert.Equal(0, expiry.Count);
        Array.ForEach(entries, entry => entry.Dispose());
    }

    [Fact]
    public void A_pause_of_the_process_delays_stream_ends_and_loses_none()
    {
        using var expiry = new TokenExpiry(TestLoops.Create(), _time);
        var ended = 0;
        using var entry = expiry.Schedule(ViewerUntil(60), () => ended++);

        _time.Advance(TimeSpan.FromHours(3));
        expiry.EndExpiredStreams();

        Assert.Equal(1, ended);
    }

    [Fact]
    public void A_stream_of_an_API_key_has_no_scheduled_end()
    {
        using var expiry = new TokenExpiry(TestLoops.Create(), _time);

        Assert.Null(expiry.Schedule(new Viewer("console", "console", null, null), () => Assert.Fail("ended")));
        Assert.Equal(0, expiry.Count);
    }

    private static Viewer ViewerUntil(int seconds) => new("console", "Ann", null, s_noon.AddSeconds(seconds));
}
