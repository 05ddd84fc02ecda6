using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>The outcome of a text: a final status, or the error with which Twilio refused it.</summary>
/// <param name="MessageSid">Twilio's id of the text; another unique id of the attempt if Twilio refused the text.</param>
/// <param name="To">The recipient.</param>
/// <param name="Status">The status; null if Twilio refused the text.</param>
/// <param name="ErrorCode">Twilio's error code; null if there is none.</param>
/// <param name="At">When we learnt of it.</param>
/// <param name="DeliveryId">The delivery that reported it; null for the answer to a request.</param>
internal sealed record TextOutcome(
    string MessageSid,
    ChannelAddress To,
    string? Status,
    string? ErrorCode,
    DateTimeOffset At,
    long? DeliveryId);

/// <summary>Applies what the outcome of a text says beyond that text: about the person's consent, the address, and our own account.</summary>
internal sealed class TextOutcomes(ConsentLedger ledger, AlertStore alerts, IOptions<ConsentOptions> consent)
{
    private const string AddUndeliverableSql = """
        INSERT INTO undeliverable_addresses (kind, address, error_code, since) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, address) DO NOTHING
        """;

    private const string RemoveUndeliverableSql = "DELETE FROM undeliverable_addresses WHERE kind = $1 AND address = $2";

    /// <summary>Applies an outcome in the transaction that stores it. A repetition changes nothing.</summary>
    public async Task ApplyAsync(UnitOfWork work, TextOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Status is "delivered" or "read")
        {
            await RemoveUndeliverableAsync(work, outcome.To, cancellationToken);
            return;
        }

        if (outcome.ErrorCode is not { } code)
        {
            return;
        }

        var failure = TextFailures.Find(code);
        switch (failure.Class)
        {
            case TextFailureClass.OptedOut:
                await ledger.AddAsync(work, ToEntry(outcome), cancellationToken);
                break;
            case TextFailureClass.BadNumber or TextFailureClass.CallInstead:
                await AddUndeliverableAsync(work, outcome, code, cancellationToken);
                break;
            case TextFailureClass.Alert:
                await alerts.RaiseAsync(work, AlertKinds.CarrierBlock, code, $"Texts fail with Twilio's error {code}: {failure.Reason}", cancellationToken);
                break;
            case TextFailureClass.RetryLater or TextFailureClass.Never:
                break;
        }
    }

    private ConsentEntry ToEntry(TextOutcome outcome) => new(
        Lead: null,
        outcome.To,
        IsOptOut: true,
        consent.Value.ScopeOf(isCall: false),
        ConsentSpeakers.Carrier,
        ConsentSources.Error21610,
        $"error:{outcome.MessageSid}",
        outcome.At)
    {
        DeliveryId = outcome.DeliveryId,
    };

    private static async Task AddUndeliverableAsync(UnitOfWork work, TextOutcome outcome, string code, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddUndeliverableSql);
        command.Parameters.AddText(outcome.To.Kind);
        command.Parameters.AddText(outcome.To.Address);
        command.Parameters.AddText(code);
        command.Parameters.AddTimestamp(outcome.At);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task RemoveUndeliverableAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(RemoveUndeliverableSql);
        command.Parameters.AddText(address.Kind);
        command.Parameters.AddText(address.Address);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
