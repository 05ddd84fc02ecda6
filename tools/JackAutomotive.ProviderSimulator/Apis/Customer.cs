using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>What happens to the texts and calls to a number.</summary>
internal sealed record Customer : ICommandRequest, IValidatableObject
{
    /// <summary>The number, in E.164; null describes every number that is not described itself.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? Number { get; init; }

    /// <summary>
    /// The last status of a text: <c>delivered</c>, <c>sent</c> (the carrier never confirms), <c>undelivered</c> or <c>failed</c>; or
    /// <c>rejected</c>: the API answers 400.
    /// </summary>
    [Required]
    [RegularExpression("delivered|sent|undelivered|failed|rejected",
        ErrorMessage = "Must be delivered, sent, undelivered, failed or rejected.")]
    public string Texts { get; init; } = "delivered";

    /// <summary>Twilio's code for a text that is undelivered, failed or rejected; null uses a common code.</summary>
    [Range(10_000, 99_999)]
    public int? ErrorCode { get; init; }

    /// <summary>
    /// How a call ends: <c>answered</c>, <c>voicemail</c>, <c>busy</c>, <c>no-answer</c> or <c>failed</c>; or <c>rejected</c>: ElevenLabs
    /// answers <c>success: false</c>, Twilio answers 400.
    /// </summary>
    [Required]
    [RegularExpression("answered|voicemail|busy|no-answer|failed|rejected",
        ErrorMessage = "Must be answered, voicemail, busy, no-answer, failed or rejected.")]
    public string Calls { get; init; } = "answered";

    /// <summary>The name of the conversation in an answered call; null picks one.</summary>
    public string? Scenario { get; init; }

    /// <summary>True if the customer has sent STOP: Twilio rejects every text with 21610.</summary>
    public bool OptedOut { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Scenario is not null && CallScripts.Find(Scenario) is null)
        {
            yield return new ValidationResult($"Must be one of {CallScripts.Names}.", [nameof(Scenario)]);
        }
    }
}
