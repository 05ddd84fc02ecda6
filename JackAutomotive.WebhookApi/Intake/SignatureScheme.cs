using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>How a provider signs its webhooks, and how a request that does not hold is answered. One instance serves all its endpoints.</summary>
internal abstract class SignatureScheme
{
    /// <summary>
    /// Media types that the provider sends. A request that names none passes: the type is not signed and nothing depends on it,
    /// while a provider that is refused for a header does not come again.
    /// </summary>
    public abstract IReadOnlyList<string> ContentTypes { get; }

    /// <summary>The answer that the provider takes for success.</summary>
    public abstract IResult Accepted { get; }

    /// <summary>The setting without which nothing that arrives at the endpoint can be checked, if it is missing.</summary>
    public abstract string? MissingSettingOf(WebhookEndpoint endpoint);

    /// <summary>Looks at the header alone, before the body is read.</summary>
    /// <returns>Missing or malformed; valid if the body is worth reading.</returns>
    public abstract SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request);

    /// <summary>Checks the signature over the whole body.</summary>
    /// <param name="endpoint">The webhook that received the request.</param>
    /// <param name="request">The request.</param>
    /// <param name="body">The bytes of the body.</param>
    /// <param name="content">What the check parsed from the body, so that nobody parses it again; null if it parsed nothing.</param>
    public abstract SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content);

    /// <summary>Begins to check the signature over a body that comes in pieces; for endpoints that take large bodies.</summary>
    public virtual StreamedSignature Begin(WebhookEndpoint endpoint, HttpRequest request) =>
        throw new NotSupportedException($"{endpoint.Source} does not send large bodies.");

    /// <summary>The answer to a request with any verdict but valid: says which rule failed and what to do.</summary>
    public abstract ProblemHttpResult Refuse(WebhookEndpoint endpoint, SignatureVerdict verdict);
}

/// <summary>The check of a signature over a body that comes in pieces.</summary>
internal abstract class StreamedSignature : IDisposable
{
    /// <summary>Takes the next piece.</summary>
    public abstract void Append(ReadOnlySpan<byte> piece);

    /// <summary>The verdict over all pieces. To be called once.</summary>
    public abstract SignatureVerdict Finish();

    /// <inheritdoc/>
    public abstract void Dispose();
}
