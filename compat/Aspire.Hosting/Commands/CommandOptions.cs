namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command looks and when it can be done.</summary>
public class CommandOptions
{
    /// <summary>What it does.</summary>
    public string? Description { get; set; }

    /// <summary>What is asked before it is done.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>The name of its icon in the Fluent UI set.</summary>
    public string? IconName { get; set; }

    /// <summary>The form of its icon.</summary>
    public IconVariant? IconVariant { get; set; }

    /// <summary>True to show it as a button of its own.</summary>
    public bool IsHighlighted { get; set; }

    /// <summary>Tells whether it can be done now; always, by default.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>How a command that sends an HTTP request looks and what it sends.</summary>
public class HttpCommandOptions : CommandOptions
{
    /// <summary>Picks the endpoint.</summary>
    public Func<EndpointReference>? EndpointSelector { get; set; }

    /// <summary>The method; POST by default.</summary>
    public HttpMethod? Method { get; set; }

    /// <summary>The name of the client that the request is sent with.</summary>
    public string? HttpClientName { get; set; }

    /// <summary>Completes the request before it is sent.</summary>
    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    /// <summary>Makes a result of the answer.</summary>
    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }

    /// <summary>What is made of the answer's body.</summary>
    public HttpCommandResultMode ResultMode { get; set; }
}

/// <summary>What is made of the body of an answer.</summary>
public enum HttpCommandResultMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What its media type says.</summary>
    Auto,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>Text.</summary>
    Text,
}

/// <summary>A request that is about to be sent.</summary>
public sealed class HttpCommandRequestContext
{
    /// <summary>The AppHost's services.</summary>
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>The name of the resource's instance.</summary>
    public required string ResourceName { get; init; }

    /// <summary>The endpoint.</summary>
    public required EndpointReference Endpoint { get; init; }

    /// <summary>The client.</summary>
    public required HttpClient HttpClient { get; init; }

    /// <summary>The request.</summary>
    public required HttpRequestMessage Request { get; init; }

    /// <summary>Ends the wait.</summary>
    public required CancellationToken CancellationToken { get; init; }
}

/// <summary>An answer that came.</summary>
public sealed class HttpCommandResultContext
{
    /// <summary>The AppHost's services.</summary>
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>The name of the resource's instance.</summary>
    public required string ResourceName { get; init; }

    /// <summary>The endpoint.</summary>
    public required EndpointReference Endpoint { get; init; }

    /// <summary>The client.</summary>
    public required HttpClient HttpClient { get; init; }

    /// <summary>The answer.</summary>
    public required HttpResponseMessage Response { get; init; }

    /// <summary>Ends the wait.</summary>
    public required CancellationToken CancellationToken { get; init; }
}
