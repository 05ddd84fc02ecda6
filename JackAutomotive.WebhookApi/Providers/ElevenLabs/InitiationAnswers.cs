using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Briefing;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Providers.Twilio;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Builds the answer to a conversation-initiation webhook within a time limit, even if Postgres hangs:
/// <code>
/// {"type":"conversation_initiation_client_data","dynamic_variables":{"is_known_caller":true,"lead_id":"…","lead_name":"…",…}}
/// </code>
/// </summary>
internal sealed partial class InitiationAnswers(
    BriefingReader reader,
    BriefingBuilder builder,
    InitiationSessionStore sessions,
    OurNumbers ourNumbers,
    WebhookApiMetrics metrics,
    ILogger<InitiationAnswers> logger) : IDisposable
{
    // Part of the 400 ms that the whole request may take.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(300);

    // A query that hangs at Postgres continues after the answer is sent. This semaphore limits the number of such queries.
    private readonly SemaphoreSlim _runningQueries = new(64);

    /// <summary>
    /// Returns the answer as JSON. The first available answer counts: the stored answer of an earlier request for the same call, an answer
    /// with the caller's data, or the answer for an unknown caller.
    /// </summary>
    /// <param name="payload">The request; null if the body is unreadable.</param>
    /// <param name="accepted">The task that stores the request in the inbox. This task continues after the time limit.</param>
    public async Task<string> AnswerAsync(InitiationPayload? payload, Task<Acceptance> accepted)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        var best = new BestAnswer(Encode(null));
        _ = ReportLossAsync(accepted);
        try
        {
            if (payload is not null)
            {
                await FindAnswerAsync(payload, best).WaitAsync(timeout.Token);
            }

            await accepted.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            LogOutOfTime();
        }
        catch (Exception e)
        {
            // The call needs an answer after every failure, because the caller waits on the line.
            LogFailed(ExceptionSummary.Of(e), DatabaseErrors.IsOutage(e) ? null : e);
        }

        metrics.CountInitiationAnswer(best.Outcome);
        return best.Answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _runningQueries.Dispose();

    private async Task FindAnswerAsync(InitiationPayload payload, BestAnswer best)
    {
        if (!_runningQueries.Wait(0, CancellationToken.None))
        {
            throw new TimeoutException("Too many earlier requests still wait for Postgres.");
        }

        try
        {
            var address = ourNumbers.RemoveOurs(payload.Addresses) is [var clue, ..] ? clue.Address : (ChannelAddress?)null;
            var leadId = payload.LeadIds.Select(id => LeadId.TryParse(id, null, out var parsed) ? parsed : (LeadId?)null)
                .FirstOrDefault(id => id is not null);
            var subject = new BriefingSubject(leadId, address, payload.Call?.CallSid);
            var (answer, state) = await reader.ReadAsync(subject, CancellationToken.None);
            best.Set(answer ?? Encode(state), state is null ? "unknown" : "known");
            if (answer is null && payload.Call is { } call)
            {
                best.Set(await sessions.StoreAnswerAsync(call, best.Answer, CancellationToken.None), best.Outcome);
            }
        }
        finally
        {
            _runningQueries.Release();
        }
    }

    private async Task ReportLossAsync(Task<Acceptance> accepted)
    {
        if (!(await accepted).IsDurable())
        {
            LogLost();
        }
    }

    private string Encode(BriefingState? state) => JsonSerializer.Serialize(
        new InitiationResponse("conversation_initiation_client_data", builder.Compose(state, BriefingChannel.Voice).Variables),
        BriefingVariables.Json);

    [LoggerMessage(LogLevel.Warning, "A conversation initiation was answered at its time limit with incomplete data")]
    private partial void LogOutOfTime();

    [LoggerMessage(LogLevel.Warning, "A conversation initiation was answered without the caller's data: {Reason}")]
    private partial void LogFailed(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Error, "A conversation initiation could not be stored; later webhooks of the call will report the call")]
    private partial void LogLost();

    private sealed record InitiationResponse(string Type, BriefingVariables DynamicVariables);

    /// <summary>The best answer so far. A query that outlives the time limit may still write to it.</summary>
    private sealed class BestAnswer(string answer)
    {
        private volatile Tuple<string, string> _best = new(answer, "without");

        public string Answer => _best.Item1;

        public string Outcome => _best.Item2;

        public void Set(string betterAnswer, string outcome) => _best = new(betterAnswer, outcome);
    }
}
