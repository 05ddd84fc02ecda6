using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using NodaTime;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>Options of the analysis of conversations. With an endpoint and a model, a language model analyses; otherwise the rules do.</summary>
internal sealed class AnalysisOptions
{
    public const string SectionName = "Analysis";

    /// <summary>The base address of an OpenAI-compatible API, such as <c>https://api.example.com/v1</c>. Empty: the rules analyse.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The name of the model at the endpoint.</summary>
    public string? Model { get; set; }

    /// <summary>The key of the endpoint. Empty for an endpoint that needs none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The maximum time for the model's answer. After this time the rules analyse.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The maximum number of characters of a conversation that the model gets. The rules analyse a longer conversation.</summary>
    [Range(1_000, 1_000_000)]
    public int MaxModelCharacters { get; set; } = 60_000;

    /// <summary>The dealership's time zone (IANA). It counts for leads whose number does not belong to one time zone.</summary>
    [Required]
    public string TimeZone { get; set; } = "America/New_York";

    /// <summary>The time without a text after which a lead's texts are analysed. Texts that cannot wait are analysed at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TextPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The time without a text after which the next text begins another conversation.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "7.00:00:00")]
    public TimeSpan TextGap { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The interval at which an instance looks for conversations to analyse.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The number of conversations that one instance analyses at the same time.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 2;

    /// <summary>The number of attempts at one conversation. After them the job waits for a person. Outages do not count.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Whether a language model is configured.</summary>
    public bool HasModel => !string.IsNullOrWhiteSpace(Endpoint);
}

/// <summary>Validates what annotations cannot express. No message shows the key.</summary>
internal sealed class ValidateModelOptions : IValidateOptions<AnalysisOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AnalysisOptions options)
    {
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(options.TimeZone) is null)
        {
            return ValidateOptionsResult.Fail("The setting Analysis__TimeZone names no time zone. Write it like America/Chicago.");
        }

        if (!options.HasModel)
        {
            return string.IsNullOrWhiteSpace(options.Model)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail("The setting Analysis__Model needs the setting Analysis__Endpoint.");
        }

        if (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return ValidateOptionsResult.Fail("The setting Analysis__Endpoint is not an http or https address. Write it like https://api.example.com/v1.");
        }

        return string.IsNullOrWhiteSpace(options.Model)
            ? ValidateOptionsResult.Fail("The setting Analysis__Model is missing. It names the model at Analysis__Endpoint.")
            : ValidateOptionsResult.Success;
    }
}

[OptionsValidator]
internal sealed partial class ValidateAnalysisOptions : IValidateOptions<AnalysisOptions>;
