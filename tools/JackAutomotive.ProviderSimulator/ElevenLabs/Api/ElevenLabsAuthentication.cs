using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs.Api;

internal static class ElevenLabsAuthentication
{
    /// <summary>Lets only requests with one of the workspace's keys in <c>xi-api-key</c> pass.</summary>
    public static async ValueTask<object?> Authenticate(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return http.Request.Headers["xi-api-key"].ToString() switch
        {
            "" => ElevenLabsErrors.MissingApiKey,
            var key when !http.RequestServices.GetRequiredService<IOptions<ElevenLabsOptions>>().Value.IsAllowed(key) =>
                ElevenLabsErrors.InvalidApiKey,
            _ => await next(context),
        };
    }
}
