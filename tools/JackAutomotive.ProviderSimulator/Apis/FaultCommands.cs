using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Commands;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>Switches a fault of the providers' APIs on.</summary>
internal sealed record AddFaultRequest : ICommandRequest, IValidatableObject
{
    /// <summary>The kind's name, such as <c>dropped-answer</c>; see <see cref="ApiFaultKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary><c>twilio</c> or <c>elevenlabs</c>; null concerns both.</summary>
    [RegularExpression("twilio|elevenlabs", ErrorMessage = "Must be twilio or elevenlabs.")]
    public string? Provider { get; init; }

    /// <summary>The requests that the fault concerns: <c>sends</c>, <c>lookups</c> or <c>all</c>.</summary>
    [Required]
    [RegularExpression("sends|lookups|all", ErrorMessage = "Must be sends, lookups or all.")]
    public string Requests { get; init; } = "sends";

    /// <summary>The probability with which the fault hits a request.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Probability { get; init; } = 1;

    /// <summary>Number of requests that the fault hits before it ends; null means no end.</summary>
    [Range(1, int.MaxValue)]
    public int? Count { get; init; }

    /// <summary>The delay of a latency or of a late answer.</summary>
    [Range(0, 600_000)]
    public int Milliseconds { get; init; } = 2_000;

    /// <summary>The header <c>Retry-After</c> of a 429, in seconds; null sends none.</summary>
    [Range(0, 3_600)]
    public int? RetryAfter { get; init; } = 1;

    /// <summary>The status of an error.</summary>
    [Range(500, 599)]
    public int Status { get; init; } = StatusCodes.Status503ServiceUnavailable;

    /// <summary>Number of copies of each webhook.</summary>
    [Range(2, 100)]
    public int Copies { get; init; } = 2;

    /// <summary>Decides which requests the fault hits; null picks a random seed.</summary>
    public int? Seed { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ApiFaultKinds.Find(Kind) is null)
        {
            yield return new ValidationResult($"Must be one of {ApiFaultKinds.Names}.", [nameof(Kind)]);
        }
    }
}

/// <summary>The commands that switch faults of the providers' APIs on and off.</summary>
internal static class FaultCommands
{
    /// <summary>POST /faults</summary>
    internal static ApiFault Add(AddFaultRequest request, ApiFaults faults) => faults.Add(
        new ApiFault(
            "", ApiFaultKinds.Find(request.Kind)!.Value, request.Provider, request.Requests, request.Probability, request.Count,
            request.Milliseconds, request.RetryAfter, request.Status, request.Copies),
        request.Seed ?? Random.Shared.Next());

    /// <summary>GET /faults</summary>
    internal static IReadOnlyList<ApiFault> List(ApiFaults faults) => faults.All;

    /// <summary>DELETE /faults/{id}</summary>
    internal static IResult Remove(string id, ApiFaults faults) => faults.Remove(id) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>DELETE /faults, and POST /faults/clear for the dashboard's button</summary>
    internal static IResult Clear(ApiFaults faults)
    {
        faults.Clear();
        return TypedResults.NoContent();
    }
}
