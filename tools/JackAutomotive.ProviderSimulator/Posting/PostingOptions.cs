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

    /// <summary>
    /// Returns where a callback is posted whose address a request to a provider's API named. Below the public address, this is a path below
    /// the target's address. A fragment is not posted: it contains Twilio's connection overrides.
    /// </summary>
    public string PostAddressOf(string callback)
    {
        var address = WithoutFragment(callback);
        return PublicBaseUrl?.TrimEnd('/') is { Length: > 0 } root && address.StartsWith(root + '/', StringComparison.Ordinal)
            ? address[(root.Length + 1)..]
            : address;
    }

    /// <summary>Returns the address without its fragment.</summary>
    public static string WithoutFragment(string address) => address.Split('#', 2)[0];

    /// <summary>Returns the URL that a provider signs when the request goes to <paramref name="postedTo"/>.</summary>
    public string PublicUrlOf(Uri postedTo) =>
        string.IsNullOrEmpty(PublicBaseUrl) ? postedTo.AbsoluteUri : PublicBaseUrl.TrimEnd('/') + postedTo.PathAndQuery;
}

[OptionsValidator]
internal sealed partial class ValidatePostingOptions : IValidateOptions<PostingOptions>;
