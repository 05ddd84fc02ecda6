using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>Stores the requests to end all contact that an analysis found, each once, and enters them in the consent ledger.</summary>
internal sealed class OptOutStore(StopRequests stopRequests, TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO opt_out_detections (
            kind, source, turn, lead_id, channel, words, words_start, words_length, said_at, engine, version, delivery_id, detected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (kind, source, turn) DO NOTHING
        """;

    /// <summary>Stores the requests of an analysis, and raises an event for each new one.</summary>
    public async Task SaveAsync(
        UnitOfWork work,
        AnalysisSource source,
        AnalysisReport report,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        foreach (var turn in report.Turns)
        {
            if (turn.Intents.FirstOrDefault(intent => intent.Name == Intent.StopRequest) is { } request
                && await TryAddAsync(work, source, report, turn.Index, request.Evidence[0], deliveryId, cancellationToken))
            {
                work.Raise(source.Lead, LeadEventTypes.OptOutDetected, source.TimeOf(turn.Index), new
                {
                    Channel = source.ChannelOf(turn.Index),
                    source.ConversationId,
                    MessageSid = source.MessageSidOf(turn.Index),
                    Turn = source.ConversationId is null ? (int?)null : turn.Index,
                    request.Evidence,
                    DeliveryId = deliveryId,
                    report.Engine,
                    report.Version,
                });
                await EnterAsync(work, source, turn.Index, request.Evidence[0].Text, deliveryId, cancellationToken);
            }
        }
    }

    private Task EnterAsync(
        UnitOfWork work,
        AnalysisSource source,
        int turn,
        string words,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        var key = source.MessageSidOf(turn) is { } sid ? StopRequests.KeyOfText(sid) : StopRequests.KeyOfTurn(source.Subject, turn);
        var isCall = source.ConversationId is not null;
        return stopRequests.AddAsync(
            work, source.Lead, isCall, source.ChannelOf(turn), words, key, source.TimeOf(turn), deliveryId, cancellationToken);
    }

    private async Task<bool> TryAddAsync(
        UnitOfWork work,
        AnalysisSource source,
        AnalysisReport report,
        int turn,
        Evidence words,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddText(source.Kind);
        command.Parameters.AddText(source.MessageSidOf(turn) ?? source.Subject);
        command.Parameters.AddInteger(source.ConversationId is null ? 0 : turn);
        command.Parameters.AddUuid(source.Lead.Value);
        command.Parameters.AddText(source.ChannelOf(turn));
        command.Parameters.AddText(words.Text);
        command.Parameters.AddInteger(words.Start);
        command.Parameters.AddInteger(words.Length);
        command.Parameters.AddTimestamp(source.TimeOf(turn));
        command.Parameters.AddText(report.Engine);
        command.Parameters.AddText(report.Version);
        command.Parameters.AddBigint(deliveryId);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }
}
