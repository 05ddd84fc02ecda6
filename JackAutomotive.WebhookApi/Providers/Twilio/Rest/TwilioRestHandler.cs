using System.Net;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio.Rest;

/// <summary>
/// Sends the requests of Twilio's package to the address of <c>TWILIO_API_BASE_URL</c>, and keeps the header Retry-After of a 429, which the
/// package's exceptions do not have.
/// </summary>
internal sealed class TwilioRestHandler(IOptions<TwilioOptions> options, TimeProvider time) : DelegatingHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (options.Value.ApiBaseUrl is { } target && request.RequestUri is { } address)
        {
            request.RequestUri = new Uri($"{target.AbsoluteUri.TrimEnd('/')}{address.PathAndQuery}");
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.TooManyRequests)
        {
            return response;
        }

        using (response)
        {
            throw new ProviderBusyException(ProviderBusyException.ReadRetryAfter(response, time.GetUtcNow()));
        }
    }
}
