using System.Text.Json;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using JackAutomotive.WebhookApi.Providers.Twilio;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary><c>POST /api/signature-doctor</c> with a <see cref="CapturedRequest"/>.</summary>
internal static class ExamineSignature
{
    /// <summary>Names the rules that a captured request breaks. Neither stores nor logs the request.</summary>
    public static Results<Ok<Diagnosis>, ValidationProblem> Handle(
        JsonElement captured,
        EndpointDataSource endpoints,
        IOptions<PublicAddressOptions> address,
        IOptions<ElevenLabsOptions> elevenLabs,
        IOptions<TwilioOptions> twilio,
        TimeProvider time) =>
        CapturedRequest.Read(captured, time.GetUtcNow(), out var errors) is { } request
            ? TypedResults.Ok(SignatureDoctor.Examine(
                request, new SignatureSettings(address.Value.BaseUrl, WebhooksOf(endpoints), elevenLabs.Value, twilio.Value)))
            : TypedResults.ValidationProblem(errors);

    private static Dictionary<string, WebhookEndpoint> WebhooksOf(EndpointDataSource endpoints) => endpoints.Endpoints
        .OfType<RouteEndpoint>()
        .Where(route => route.Metadata.GetMetadata<WebhookEndpoint>() is not null)
        .ToDictionary(route => route.RoutePattern.RawText!, route => route.Metadata.GetMetadata<WebhookEndpoint>()!);
}
