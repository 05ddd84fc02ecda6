extern alias realtime;

using FsCheck;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using realtime::JackAutomotive.Realtime.Access;

namespace JackAutomotive.Tests.Realtime;

/// <summary>When streams of tokens are ended.</summary>
public sealed class TokenExpiryTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(s_noon);

    [Property]
    public bool A_stream_ends_after_80_to_100_percent_of_the_time_that_is_left(PositiveInt seconds, byte spread)
    {
        var left = TimeSpan.FromSeconds(seconds.Get);
        var end = TokenExpiry.EndOf(s_noon, s_noon + left, spread / 255.0) - s_noon;
        return end >= left * 0.8 && end <= left;
    }

    [Fact]
    public void The_whole_span_is_used_and_a_token_within_the_skew_ends_at_once()
    {
        Assert.Equal(s_noon.AddSeconds(80), TokenExpiry.EndOf(s_noon, s_noon.AddSeconds(100), 0));
        Assert.Equal(s_noon.AddSeconds(100), TokenExpiry.EndOf(s_noon, s_noon.AddSeconds(100), 1));
        Assert.Equal(s_noon, TokenExpiry.EndOf(s_noon, s_noon.AddSeconds(-3), 0.5));
    }

    [Fact]
    public void Each_stream_is_ended_once_in_its_time_unless_it_left_before_and_tokens_made_together_end_apart()
    {
        using var expiry = new TokenExpiry(_time);
        var ends = new Dictionary<int, int>();
        var endedAt = new HashSet<int>();
        var held = Enumerable.Range(0, 500).Select(i => expiry.Schedule(Until(100), () => ends[i] = ends.GetValueOrDefault(i) + 1)!).ToArray();
        Array.ForEach(held[..100], entry => entry.Dispose());
        Assert.Equal(400, expiry.Count);

        for (var second = 0; second <= 100; second++)
        {
            var before = ends.Count;
            expiry.EndDue();
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
        Array.ForEach(held, entry => entry.Dispose());
    }

    [Fact]
    public void A_pause_of_the_process_delays_ends_and_loses_none()
    {
        using var expiry = new TokenExpiry(_time);
        var ended = 0;
        using var held = expiry.Schedule(Until(60), () => ended++);

        _time.Advance(TimeSpan.FromHours(3));
        expiry.EndDue();

        Assert.Equal(1, ended);
    }

    [Fact]
    public void A_stream_of_an_API_key_costs_nothing()
    {
        using var expiry = new TokenExpiry(_time);

        Assert.Null(expiry.Schedule(new Viewer("console", "console", null, null), () => Assert.Fail("ended")));
        Assert.Equal(0, expiry.Count);
    }

    private static Viewer Until(int seconds) => new("console", "Ann", null, s_noon.AddSeconds(seconds));
}
