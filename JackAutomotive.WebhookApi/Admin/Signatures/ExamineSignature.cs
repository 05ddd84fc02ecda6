using System.Text.Json;
using JackAutomotive.WebhookApi.Features.ElevenLabs;
using JackAutomotive.WebhookApi.Features.Twilio;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary><c>POST /api/signature-doctor</c> with a <see cref="CapturedRequest"/>.</summary>
internal static class ExamineSignature
{
    /// <summary>Says which rule a captured request breaks. Stores and logs nothing of it.</summary>
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
