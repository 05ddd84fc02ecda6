using JackAutomotive.Contract;
using Microsoft.AspNetCore.Mvc;

namespace JackAutomotive.WebhookApi.Features.Signatures;

internal static class SignaturesFeature
{
    private const long MaxBodyBytes = 1024 * 1024;

    /// <summary>The signature doctor. For administrators alone: it tells whether a signature would have been good.</summary>
    public static void MapSignatures(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/signature-doctor", ExamineSignature.Handle)
            .WithTags("Signatures")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .RequireAuthorization(ApiKeys.Admin);
}
