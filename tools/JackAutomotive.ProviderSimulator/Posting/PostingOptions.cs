using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>The destination of the webhooks.</summary>
internal sealed class PostingOptions
{
    public const string SectionName = "Posting";

    /// <summary>The base address of all posts. Service discovery resolves a service's name.</summary>
    [Required]
    public Uri Target { get; set; } = new("http://webhook-api");

    /// <summary>Maximum number of concurrent posts.</summary>
    [Range(1, 1024)]
    public int MaxConcurrentPosts { get; set; } = 16;

    /// <summary>The target's address as the providers know it; null if it is the same as <see cref="Target"/>.</summary>
    [Url(ErrorMessage = "PUBLIC_BASE_URL must be an http or https address.")]
    public string? PublicBaseUrl { get; set; }

    /// <summary>Returns the URL that a provider signs when the request goes to <paramref name="postedTo"/>.</summary>
    public string PublicUrlOf(Uri postedTo) =>
        string.IsNullOrEmpty(PublicBaseUrl) ? postedTo.AbsoluteUri : PublicBaseUrl.TrimEnd('/') + postedTo.PathAndQuery;
}

[OptionsValidator]
internal sealed partial class ValidatePostingOptions : IValidateOptions<PostingOptions>;
