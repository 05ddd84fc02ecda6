using JackAutomotive.WebhookApi.Outbound.Jobs;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>Divides the errors of a request to a provider: what certainly has not reached it, and what may have.</summary>
internal static class SendErrors
{
    /// <summary>
    /// Returns what an exception of an HTTP request says about the send. The reason contains no address, because it may show an account.
    /// </summary>
    public static SendResult Classify(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ProviderBusyException busy:
                    return new SendResult.Busy(busy.RetryAfter);

                // The connection was never open, so nothing was sent.
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
                }:
                    return new SendResult.NotSent("The provider could not be reached.");
                case OperationCanceledException:
                    return new SendResult.Unknown("The provider did not answer in time.");
            }
        }

        return new SendResult.Unknown($"The provider's answer was lost ({exception.GetBaseException().GetType().Name}).");
    }
}
