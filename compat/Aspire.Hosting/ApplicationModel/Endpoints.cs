using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address that a resource listens on.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private readonly TaskCompletionSource<AllocatedEndpoint> _allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool? _isProxied;

    /// <param name="protocol">The transport protocol.</param>
    /// <param name="uriScheme">The scheme of its URL; the protocol's name by default.</param>
    /// <param name="transport"><c>http</c>, <c>http2</c> or <c>tcp</c>; follows from the scheme by default.</param>
    /// <param name="name">Its name, unique in the resource; the scheme by default.</param>
    /// <param name="port">The port that others connect to; chosen when the application starts by default.</param>
    /// <param name="targetPort">The port that the process itself listens on; chosen when the process starts by default.</param>
    /// <param name="isExternal">True to show it to the outside world.</param>
    /// <param name="isProxied">False to let others connect to the process itself.</param>
    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? protocol.ToString().ToLowerInvariant();
        Transport = transport;
        Name = name ?? UriScheme;
        Port = port;
        TargetPort = targetPort;
        IsExternal = isExternal ?? false;
        _isProxied = isProxied;
    }

    /// <summary>Its name, unique in the resource.</summary>
    public string Name { get; set; }

    /// <summary>The transport protocol.</summary>
    public ProtocolType Protocol { get; set; }

    /// <summary>The port that others connect to; null to have one chosen.</summary>
    public int? Port { get; set; }

    /// <summary>The port that the process itself listens on; null to have one chosen.</summary>
    public int? TargetPort { get; set; }

    /// <summary>The scheme of its URL.</summary>
    public string UriScheme { get; set; }

    /// <summary>The address that the process listens on.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary><c>http</c>, <c>http2</c> or <c>tcp</c>.</summary>
    [AllowNull]
    public string Transport
    {
        get => field ?? (UriScheme is "http" or "https" ? "http" : Protocol.ToString().ToLowerInvariant());
        set;
    }

    /// <summary>True to show it to the outside world.</summary>
    public bool IsExternal { get; set; }

    /// <summary>True when others connect to a proxy in front of the process. The default.</summary>
    public bool IsProxied
    {
        get => _isProxied ?? true;
        set => _isProxied = value;
    }

    /// <summary>Where it is, once the application runs.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => _allocated.Task.IsCompletedSuccessfully ? _allocated.Task.Result : null;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _allocated.TrySetResult(value);
        }
    }

    internal Task<AllocatedEndpoint> Allocation => _allocated.Task;

    // The variable that tells the process which port to listen on.
    internal string? EnvironmentVariable { get; set; }
}

/// <summary>Where an endpoint is while the application runs.</summary>
public class AllocatedEndpoint
{
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="address">A host name or address that others connect to.</param>
    /// <param name="port">The port that others connect to.</param>
    /// <param name="targetPortExpression">What gives the process its own port: a number, or a template that the orchestrator fills.</param>
    public AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port, string? targetPortExpression = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Endpoint = endpoint;
        Address = address;
        Port = port;
        TargetPortExpression = targetPortExpression;
    }

    /// <summary>The endpoint.</summary>
    public EndpointAnnotation Endpoint { get; }

    /// <summary>A host name or address that others connect to.</summary>
    public string Address { get; }

    /// <summary>The port that others connect to.</summary>
    public int Port { get; }

    /// <summary>What gives the process its own port.</summary>
    public string? TargetPortExpression { get; }

    /// <summary>The scheme of its URL.</summary>
    public string UriScheme => Endpoint.UriScheme;

    /// <summary>Host and port, with a colon.</summary>
    public string EndPointString => $"{Address}:{Port}";

    /// <summary>Its URL, without a path.</summary>
    public string UriString => $"{UriScheme}://{EndPointString}";

    /// <inheritdoc />
    public override string ToString() => UriString;
}

/// <summary>A part of an endpoint's address.</summary>
public enum EndpointProperty
{
    /// <summary>The whole URL.</summary>
    Url,

    /// <summary>The host name.</summary>
    Host,

    /// <summary>The host as an IPv4 address.</summary>
    IPV4Host,

    /// <summary>The port that others connect to.</summary>
    Port,

    /// <summary>The scheme.</summary>
    Scheme,

    /// <summary>The port that the process itself listens on.</summary>
    TargetPort,

    /// <summary>Host and port, with a colon.</summary>
    HostAndPort,
}
