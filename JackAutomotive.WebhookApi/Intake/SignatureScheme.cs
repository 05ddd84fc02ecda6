using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>How a provider signs its webhooks, and how an invalid signature is answered. One object serves all endpoints of a provider.</summary>
internal abstract class SignatureScheme
{
    /// <summary>
    /// The media types that the provider sends. A request without a content type is accepted: the type is not signed and nothing depends on it,
    /// and a provider does not retry after a rejection.
    /// </summary>
    public abstract IReadOnlyList<string> ContentTypes { get; }

    /// <summary>The answer that the provider treats as success.</summary>
    public abstract IResult Accepted { get; }

    /// <summary>
    /// Whether the provider may send deliveries with GET. Their parameters are then in the query, and the query is stored in place of a body.
    /// If false, a GET that carries a delivery is answered 405.
    /// </summary>
    public virtual bool AcceptsGet => false;

    /// <summary>
    /// Returns whether a GET carries a delivery: it has the provider's signature or the provider's parameters. Every other GET asks for the
    /// webhook's health.
    /// </summary>
    public abstract bool IsDelivery(HttpRequest get);

    /// <summary>Returns the name of the setting for the endpoint's secret if the setting is missing, otherwise null.</summary>
    public abstract string? FindMissingSetting(WebhookEndpoint endpoint);

    /// <summary>Checks only the headers, before the body is read.</summary>
    /// <returns>Valid if the body must be read and verified; any other verdict rejects the request.</returns>
    public abstract SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request);

    /// <summary>Verifies the signature over the whole body.</summary>
    /// <param name="endpoint">The webhook that received the request.</param>
    /// <param name="request">The request.</param>
    /// <param name="body">The bytes of the body.</param>
    /// <param name="content">The content that verification parsed from the body, for reuse by the receiver; null if it parsed nothing.</param>
    public abstract SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content);

    /// <summary>Begins to verify the signature over a body that arrives in pieces. For endpoints that accept large bodies.</summary>
    public virtual StreamedSignatureCheck BeginCheck(WebhookEndpoint endpoint, HttpRequest request) =>
        throw new NotSupportedException($"{endpoint.Source} does not send large bodies.");

    /// <summary>Returns the answer to a request whose verdict is not valid. The answer names the failed rule and the remedy.</summary>
    public abstract ProblemHttpResult BuildRejectionAnswer(WebhookEndpoint endpoint, SignatureVerdict verdict);
}

/// <summary>Verifies a signature over a body that arrives in pieces.</summary>
internal abstract class StreamedSignatureCheck : IDisposable
{
    /// <summary>Appends the next piece of the body.</summary>
    public abstract void Append(ReadOnlySpan<byte> piece);

    /// <summary>Returns the verdict over all pieces. A second call is not allowed.</summary>
    public abstract SignatureVerdict Finish();

    /// <inheritdoc/>
    public abstract void Dispose();
}
