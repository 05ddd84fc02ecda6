using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Where webhooks go.</summary>
internal sealed class PostingOptions
{
    public const string SectionName = "Posting";

    /// <summary>Base address that is posted to; a service's name is looked up by service discovery.</summary>
    [Required]
    public Uri Target { get; set; } = new("http://webhook-api");

    /// <summary>How many webhooks may be under way at once.</summary>
    [Range(1, 1024)]
    public int MaxConcurrentPosts { get; set; } = 16;

    /// <summary>The address under which the providers know the target, or null if it is the one that is posted to.</summary>
    [Url(ErrorMessage = "PUBLIC_BASE_URL must be an http or https address.")]
    public string? PublicBaseUrl { get; set; }

    /// <summary>The URL that a provider believes it posts to when the request really goes to <paramref name="postedTo"/>.</summary>
    public string PublicUrlOf(Uri postedTo) =>
        string.IsNullOrEmpty(PublicBaseUrl) ? postedTo.AbsoluteUri : PublicBaseUrl.TrimEnd('/') + postedTo.PathAndQuery;
}

[OptionsValidator]
internal sealed partial class ValidatePostingOptions : IValidateOptions<PostingOptions>;
