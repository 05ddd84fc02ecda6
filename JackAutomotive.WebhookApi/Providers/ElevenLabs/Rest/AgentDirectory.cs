using System.Collections.Concurrent;
using System.Net;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Providers.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs.Rest;

/// <summary>Knows for some minutes which agents exist at ElevenLabs, and which of its telephone numbers is ours.</summary>
internal sealed class AgentDirectory(
    ElevenLabsClient client,
    IOptions<ElevenLabsOptions> options,
    IOptions<TwilioOptions> twilio,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_keepFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_keepMissingFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (bool Exists, DateTimeOffset Until)> _agents = new();

    // Calls that begin together ask once.
    private readonly SemaphoreSlim _asking = new(1);
    private (string? Id, DateTimeOffset Until)? _number;

    /// <summary>Returns whether an agent exists; null if ElevenLabs does not answer now.</summary>
    public async Task<bool?> ExistsAsync(string agentId, CancellationToken cancellationToken)
    {
        if (_agents.TryGetValue(agentId, out var known) && known.Until > time.GetUtcNow())
        {
            return known.Exists;
        }

        try
        {
            var answer = await client.GetAgentAsync(agentId, cancellationToken);
            if (!answer.IsSuccess && answer.Status is not (HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity))
            {
                return null;
            }

            _agents[agentId] = (answer.IsSuccess, time.GetUtcNow() + (answer.IsSuccess ? s_keepFor : s_keepMissingFor));
            return answer.IsSuccess;
        }
        catch (Exception e) when (IsNoAnswer(e, cancellationToken))
        {
            return null;
        }
    }

    /// <summary>
    /// Returns ElevenLabs' id of the number that calls: the configured one, or that of our telephone number. Returns null if there is none.
    /// </summary>
    /// <exception cref="ProviderLookupException">ElevenLabs does not answer.</exception>
    public async Task<string?> FindPhoneNumberIdAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_number is { } known && known.Until > time.GetUtcNow())
            {
                return known.Id;
            }

            var numbers = await client.ListPhoneNumbersAsync(cancellationToken);
            var ids = numbers.Select(number => (
                Id: ElevenLabsAnswer.TextOf(number["phone_number_id"]),
                Number: ElevenLabsAnswer.TextOf(number["phone_number"]))).Where(number => number.Id is not null).ToList();
            var id = options.Value.PhoneNumberId is { } configured
                ? ids.Find(number => number.Id == configured).Id
                : ids.Find(number => number.Number is { } text && OurNumbers.Normalise(text) == twilio.Value.SendingNumber).Id
                    ?? (ids.Count == 1 && twilio.Value.SendingNumber is null ? ids[0].Id : null);
            _number = (id, time.GetUtcNow() + (id is null ? s_keepMissingFor : s_keepFor));
            return id;
        }
        catch (Exception e) when (e is not ProviderLookupException && IsNoAnswer(e, cancellationToken))
        {
            throw new ProviderLookupException("ElevenLabs does not answer which numbers it has.", e);
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private static bool IsNoAnswer(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or ProviderBusyException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
