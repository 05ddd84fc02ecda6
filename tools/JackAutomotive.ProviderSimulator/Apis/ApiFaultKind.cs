using System.Text.Json;
using System.Text.Json.Serialization;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>What can go wrong with a request to a provider's API, or with the webhooks that follow the request.</summary>
[JsonConverter(typeof(ApiFaultKindConverter))]
internal enum ApiFaultKind
{
    /// <summary>The provider waits before it acts.</summary>
    Latency,

    /// <summary>The provider acts, and answers late.</summary>
    LateAnswer,

    /// <summary>The provider answers 429 and does not act.</summary>
    RateLimit,

    /// <summary>The provider answers 5xx and does not act.</summary>
    ErrorBefore,

    /// <summary>The provider acts and answers 5xx.</summary>
    ErrorAfter,

    /// <summary>The provider closes the connection and does not act.</summary>
    DroppedRequest,

    /// <summary>The provider acts and closes the connection without an answer.</summary>
    DroppedAnswer,

    /// <summary>Each following webhook is posted several times, all copies at once.</summary>
    DuplicateCallbacks,

    /// <summary>The following webhooks are posted in another order than the order of events.</summary>
    ShuffledCallbacks,

    /// <summary>All following webhooks are posted before the answer.</summary>
    EarlyCallbacks,

    /// <summary>No following webhook is posted.</summary>
    LostCallbacks,
}

/// <summary>Writes the kinds as commands name them, such as <c>late-answer</c>.</summary>
internal sealed class ApiFaultKindConverter()
    : JsonStringEnumConverter<ApiFaultKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

internal static class ApiFaultKinds
{
    private static readonly Dictionary<string, ApiFaultKind> s_byName =
        Enum.GetValues<ApiFaultKind>().ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    /// <summary>The names of all kinds, separated by commas, for error messages.</summary>
    public static string Names => string.Join(", ", s_byName.Keys);

    /// <summary>Returns the kind with this name, or null.</summary>
    public static ApiFaultKind? Find(string? name) => name is not null && s_byName.TryGetValue(name, out var kind) ? kind : null;
}
