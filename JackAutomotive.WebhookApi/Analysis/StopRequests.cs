using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>
/// Enters requests to end all contact in the consent ledger in the transaction that stores the words, before anything else can be sent. The analysis
/// later reads the same words in their context, and enters what it finds beyond that.
/// </summary>
internal sealed class StopRequests(RuleEngine rules, ConsentLedger ledger, IOptions<ConsentOptions> options)
{
    /// <summary>Returns the words with which a customer asks that contact ends; null if there are none.</summary>
    public Evidence? Find(string words) =>
        rules.FindIntents(words).FirstOrDefault(intent => intent.Name == Intent.StopRequest)?.Evidence[0];

    /// <summary>Enters the request that a line of a call contains. Does nothing if the line contains none.</summary>
    /// <param name="work">The unit of work that stores the line.</param>
    /// <param name="lead">The lead.</param>
    /// <param name="words">The line.</param>
    /// <param name="key">Identifies the line.</param>
    /// <param name="at">When it was said.</param>
    /// <param name="deliveryId">The delivery that brought the line.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    public async Task AddFromCallAsync(
        UnitOfWork work,
        LeadId lead,
        string words,
        string key,
        DateTimeOffset at,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        if (Find(words) is { } request)
        {
            await AddAsync(work, lead, isCall: true, ChannelAddress.Voice, request.Text, key, at, deliveryId, cancellationToken);
        }
    }

    /// <summary>Enters a request that was found in a text or in a call.</summary>
    public Task AddAsync(
        UnitOfWork work,
        LeadId lead,
        bool isCall,
        string channel,
        string words,
        string key,
        DateTimeOffset at,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        var entry = new ConsentEntry(
            lead,
            Address: null,
            IsOptOut: true,
            options.Value.ScopeOf(isCall),
            ConsentSpeakers.Customer,
            isCall ? ConsentSources.Voice : ConsentSources.FreeWording,
            key,
            at)
        {
            Channel = channel,
            Words = words,
            DeliveryId = deliveryId,
        };
        return ledger.AddAsync(work, entry, cancellationToken);
    }

    /// <summary>The key of a text.</summary>
    public static string KeyOfText(string messageSid) => $"text:{messageSid}";

    /// <summary>The key of a turn of a transcript.</summary>
    public static string KeyOfTurn(string conversationId, int turn) => FormattableString.Invariant($"call:{conversationId}:{turn}");
}
