using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.Extensions.Options;
using Twilio.Rest.Api.V2010.Account;
using TwilioNumber = Twilio.Types.PhoneNumber;

namespace JackAutomotive.WebhookApi.Providers.Twilio.Rest;

/// <summary>Searches Twilio's calls. The voice agent's provider starts them in our account.</summary>
internal sealed class TwilioCalls(TwilioRest rest, IOptions<TwilioOptions> options)
{
    private const int MaxFound = 20;

    private static readonly TimeSpan s_clockDifference = TimeSpan.FromSeconds(5);

    /// <summary>Whether calls can be searched.</summary>
    public bool IsConfigured => rest.MissingSetting is null && options.Value.SendingNumber is not null;

    /// <summary>Finds the calls from our number to a number since a time, oldest first.</summary>
    public async Task<IReadOnlyList<SendResult.Accepted>> FindAsync(string to, DateTimeOffset since)
    {
        var from = options.Value.SendingNumber;
        var search = new ReadCallOptions { To = new TwilioNumber(to), From = new TwilioNumber(from), PageSize = MaxFound, Limit = MaxFound };
        var calls = await CallResource.ReadAsync(search, rest.Create());
        return
        [
            .. calls.Where(call => TwilioRest.ToUtc(call.DateCreated) >= since - s_clockDifference
                    && call.Direction?.StartsWith("outbound", StringComparison.Ordinal) == true && string.IsNullOrEmpty(call.ParentCallSid))
                .OrderBy(call => call.DateCreated)
                .Select(call => new SendResult.Accepted(null, call.Sid, call.Status?.ToString(), from)),
        ];
    }
}
