using JackAutomotive.Access;
using Microsoft.AspNetCore.Mvc;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

internal static class SignaturesFeature
{
    private const long MaxBodyBytes = 1024 * 1024;

    /// <summary>Maps the signature doctor. Only administrators may use the doctor, because its answer reveals whether a signature is valid.</summary>
    public static void MapSignatures(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/signature-doctor", ExamineSignature.Handle)
            .WithTags("Signatures")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .RequireAuthorization(ApiKeys.Admin);
}
