using System.Globalization;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.Extensions.Options;
using Polly;
using Twilio.Exceptions;
using Twilio.Rest.Api.V2010.Account;
using TwilioNumber = Twilio.Types.PhoneNumber;

namespace JackAutomotive.WebhookApi.Providers.Twilio.Rest;

/// <summary>
/// Sends texts with Twilio's REST API, which has no idempotency key. So a text whose answer is lost is searched in the list of messages: by
/// recipient, content and time of creation.
/// </summary>
internal sealed class TwilioTexts(
    TwilioRest rest,
    ProviderBreakers breakers,
    PublicAddress publicAddress,
    OurNumbers ourNumbers,
    IOptions<TwilioOptions> options) : IOutboundGateway
{
    /// <summary>The number of the newest messages to a recipient among which a text is searched. A lead has one text under way at a time.</summary>
    private const int MaxFound = 50;

    // Twilio's times are in whole seconds, and its clock may differ a little from ours.
    private static readonly TimeSpan s_clockDifference = TimeSpan.FromSeconds(5);

    private readonly ResiliencePipeline<SendResult> _breaker = breakers.Create("twilio");

    /// <inheritdoc/>
    public string Kind => OutboundKinds.Text;

    /// <inheritdoc/>
    public string Provider => "twilio";

    /// <inheritdoc/>
    public string? MissingSetting =>
        rest.MissingSetting
        ?? (options.Value is { MessagingServiceSid: null, SendingNumber: null } ? TwilioOptions.PhoneNumberSetting : null);

    /// <inheritdoc/>
    public bool IsOurs(ChannelAddress address) => address.Text == options.Value.SendingNumber || ourNumbers.IsOurs(address);

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(OutboundJob job, int attempt, CancellationToken cancellationToken) =>
        ProviderBreakers.SendAsync(_breaker, () => SendAsync(job));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SendResult.Accepted>> FindAsync(OutboundJob job, OutboundAttempt attempt, CancellationToken cancellationToken)
    {
        // Not filtered by the time of sending: a message that Twilio has queued has none yet.
        var search = new ReadMessageOptions { To = new TwilioNumber(job.Recipient), PageSize = MaxFound, Limit = MaxFound };
        try
        {
            var messages = await MessageResource.ReadAsync(search, rest.Create());
            return
            [
                .. messages.Where(message => IsAttempt(message, job, attempt)).OrderBy(message => message.DateCreated)
                    .Select(message => new SendResult.Accepted(message.Sid, null, message.Status?.ToString(), FromOf(message))),
            ];
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new ProviderLookupException($"Twilio does not answer what became of the text ({e.GetBaseException().GetType().Name}).", e);
        }
    }

    private async Task<SendResult> SendAsync(OutboundJob job)
    {
        var twilio = options.Value;
        var message = new CreateMessageOptions(new TwilioNumber(job.Recipient))
        {
            Body = job.Content.Body is { Length: > 0 } body ? body : null,
            MediaUrl = job.Content.MediaUrls.Count > 0 ? [.. job.Content.MediaUrls.Select(url => new Uri(url))] : null,
            StatusCallback = publicAddress.FindUrl(TwilioFeature.SmsStatusPath),
        };
        if (twilio.MessagingServiceSid is { } service)
        {
            message.MessagingServiceSid = service;
        }
        else
        {
            message.From = new TwilioNumber(SenderFor(job.Channel, twilio.SendingNumber!));
        }

        try
        {
            var sent = await MessageResource.CreateAsync(message, rest.Create());
            return sent.Sid is { Length: > 0 } sid
                ? new SendResult.Accepted(sid, null, sent.Status?.ToString(), FromOf(sent))
                : new SendResult.Unknown("Twilio's answer has no MessageSid.");
        }
        catch (ApiException e) when (e.Status is >= 400 and < 500 and not (408 or 429))
        {
            var code = e.Code > 0 ? e.Code.ToString(CultureInfo.InvariantCulture) : null;
            var needsPerson = e.Status == 401 || e.Code == 20003;
            return new SendResult.Refused(code, $"Twilio refused the text (status {e.Status}).", needsPerson);
        }
        catch (ApiException e)
        {
            return e.Status == 429 ? new SendResult.Busy(null) : new SendResult.Unknown($"Twilio answered with the status {e.Status}.");
        }
        catch (Exception e)
        {
            return SendErrors.Classify(e);
        }
    }

    // A trial account puts words in front of each text.
    private static bool IsAttempt(MessageResource message, OutboundJob job, OutboundAttempt attempt)
    {
        var (body, expected) = (message.Body?.Trim() ?? "", job.Content.Body?.Trim() ?? "");
        return TwilioRest.ToUtc(message.DateCreated) >= attempt.StartedAt - s_clockDifference
            && message.Direction?.ToString().StartsWith("outbound", StringComparison.Ordinal) == true
            && (expected.Length == 0 ? body.Length == 0 : body.EndsWith(expected, StringComparison.Ordinal));
    }

    private static string SenderFor(string channel, string number) => channel is ChannelAddress.Sms ? number : $"{channel}:{number}";

    private static string? FromOf(MessageResource message) => message.From?.ToString() is { Length: > 0 } from ? OurNumbers.Normalise(from) : null;
}
