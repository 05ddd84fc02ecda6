using System.Diagnostics;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Waits for a condition to become true, never for time to pass.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>Returns once <paramref name="condition"/> holds. Fails after three minutes, which only a heavily loaded machine needs.</summary>
    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < s_limit, $"waited too long for: {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
