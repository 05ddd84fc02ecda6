using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Admin.Deliveries;

namespace JackAutomotive.Tests.Admin.Deliveries;

public class AttemptLogTests
{
    [Property]
    public bool Every_attempt_is_in_the_log_once_and_in_order(byte attempts, bool isDone, bool isLeased)
    {
        var written = Enumerable.Range(1, attempts).Where(number => number % 3 == 0)
            .Select(number => new AttemptView(number, "retried", null, null, null));
        var log = AttemptLog.Of(written, new LastAttempt(attempts, isDone ? "done" : "pending", DateTimeOffset.UnixEpoch, isLeased));

        return log.Select(attempt => attempt.Number).SequenceEqual(Enumerable.Range(1, attempts))
            && log.All(attempt => attempt.Outcome == Expected(attempt.Number));

        string Expected(int number) =>
            number % 3 == 0 ? "retried" : number < attempts ? "lost" : isDone ? "done" : isLeased ? "running" : "lost";
    }
}
