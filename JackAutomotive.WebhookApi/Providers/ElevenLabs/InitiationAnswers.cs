using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Makes the answer to a conversation-initiation webhook within a time that does not depend on Postgres:
/// <code>
/// {"type":"conversation_initiation_client_data","dynamic_variables":{"is_known_caller":true,"lead_id":"…","lead_name":"…",…}}
/// </code>
/// </summary>
internal sealed partial class InitiationAnswers(
    BriefingReader reader,
    InitiationSessionStore sessions,
    IOptions<ConversationsOptions> options,
    WebhookApiMetrics metrics,
    ILogger<InitiationAnswers> logger) : IDisposable
{
    // Of the 400 ms that the whole request may take.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(300);

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // What hangs at Postgres is left behind when its time is up, and must not pile up.
    private readonly SemaphoreSlim _underWay = new(64);

    /// <summary>The answer as JSON: what the call was told before, else what is known, else that nothing is.</summary>
    /// <param name="payload">The request; null if it could not be read.</param>
    /// <param name="accepted">The request's way into the inbox. It is waited for if there is time, and goes on if there is not.</param>
    public async Task<string> AnswerAsync(InitiationPayload? payload, Task<Acceptance> accepted)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var briefing = new Briefing(Encode(null));
        _ = ReportLossAsync(accepted);
        try
        {
            if (payload is not null)
            {
                await PrepareAsync(payload, briefing).WaitAsync(patience.Token);
            }

            await accepted.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            LogOutOfTime();
        }
        catch (Exception e)
        {
            // Whatever it is, somebody waits on the line.
            LogFailed(ExceptionSummary.Of(e), DatabaseErrors.IsOutage(e) ? null : e);
        }

        metrics.Briefed(briefing.Outcome);
        return briefing.Answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _underWay.Dispose();

    private async Task PrepareAsync(InitiationPayload payload, Briefing briefing)
    {
        if (!_underWay.Wait(0, CancellationToken.None))
        {
            throw new TimeoutException("Too many earlier requests still wait for Postgres.");
        }

        try
        {
            var (answer, lead) = await reader.ReadAsync(payload.Call?.CallSid, payload.Caller, CancellationToken.None);
            briefing.Set(answer ?? Encode(lead), lead is null ? "unknown" : "known");
            if (answer is null && payload.Call is { } call)
            {
                briefing.Set(await sessions.KeepAnswerAsync(call, briefing.Answer, CancellationToken.None), briefing.Outcome);
            }
        }
        finally
        {
            _underWay.Release();
        }
    }

    private async Task ReportLossAsync(Task<Acceptance> accepted)
    {
        if (await accepted == Acceptance.Unavailable)
        {
            LogLost();
        }
    }

    private string Encode(KnownLead? lead) => JsonSerializer.Serialize(
        new Answered("conversation_initiation_client_data", ConversationBriefing.Build(lead, options.Value)), s_json);

    [LoggerMessage(LogLevel.Warning, "A call was answered with what was known when its time was up")]
    private partial void LogOutOfTime();

    [LoggerMessage(LogLevel.Warning, "A call was answered without what is known of the caller: {Reason}")]
    private partial void LogFailed(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Error, "A call that came in could not be stored; its later webhooks will tell of it")]
    private partial void LogLost();

    private sealed record Answered(string Type, ConversationVariables DynamicVariables);

    /// <summary>The best answer so far; whoever is left behind may still write to it.</summary>
    private sealed class Briefing(string answer)
    {
        private volatile Tuple<string, string> _best = new(answer, "without");

        public string Answer => _best.Item1;

        public string Outcome => _best.Item2;

        public void Set(string better, string outcome) => _best = new(better, outcome);
    }
}
