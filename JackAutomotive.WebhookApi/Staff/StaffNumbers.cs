using System.Collections.Frozen;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Staff;

/// <summary>
/// The phone numbers of our staff, which identify no lead. Handlers look numbers up for every delivery, so each instance has a copy. The
/// instance that stores a change refreshes its copy at once, the others that handle deliveries within <see cref="Interval"/>.
/// </summary>
internal sealed class StaffNumbers(
    StaffStore staff,
    IOptions<InboxOptions> inboxOptions,
    BackgroundLoops loops,
    TimeProvider time) : BackgroundService
{
    /// <summary>The longest time after which every instance knows a new number.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly BackgroundLoop _loop = loops.Create("staff numbers", new BackgroundLoopLimits { Interval = Interval, IsEssential = false });
    private volatile FrozenSet<string> _numbers = [];

    /// <summary>Returns whether a number, in E.164 format, belongs to a member of our staff.</summary>
    public bool Contains(string number) => _numbers.Contains(number);

    /// <summary>Reads the numbers again.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        _numbers = (await staff.ReadNumbersAsync(cancellationToken)).ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!inboxOptions.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        var isFirst = true;
        await _loop.RunAsync(
            async token =>
            {
                var isDue = isFirst || await timer.WaitForNextTickAsync(token);
                isFirst = false;
                return isDue;
            },
            RefreshAsync,
            stoppingToken);
    }
}
