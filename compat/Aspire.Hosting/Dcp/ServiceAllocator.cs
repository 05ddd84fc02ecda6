using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp.Model;

namespace Aspire.Hosting.Dcp;

/// <summary>Gives every endpoint its address: that of a proxy which the orchestrator holds, or the process's own.</summary>
internal sealed class ServiceAllocator(DcpHost dcp, DcpOptions options, DistributedApplicationModel model)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    /// <summary>The orchestrator's name of an endpoint.</summary>
    public static string ServiceName(IResource resource, EndpointAnnotation endpoint) =>
        resource.Annotations.OfType<EndpointAnnotation>().Count() == 1
            ? resource.Name
            : $"{resource.Name}-{endpoint.Name}".ToLowerInvariant();

    /// <summary>Refuses what cannot work, before anything was started.</summary>
    /// <exception cref="DistributedApplicationException">
    /// A port is in use, or endpoints are described in a way that does not fit together.
    /// </exception>
    public void Check()
    {
        foreach (var (resource, endpoint) in Endpoints())
        {
            CheckShape(resource, endpoint);
        }

        var taken = Endpoints()
            .Select(e => (e.Resource, e.Endpoint, Port: PublicPort(e.Endpoint)))
            .Where(e => e.Port is { } port && IsInUse(port))
            .Select(e => $"Port {e.Port} is in use: endpoint '{e.Endpoint.Name}' of resource '{e.Resource.Name}' needs it.")
            .ToArray();
        if (taken.Length > 0)
        {
            throw new DistributedApplicationException(string.Join(
                Environment.NewLine,
                [.. taken, "Stop the program that holds it (an earlier run may need up to half a minute to end) and start again."]));
        }
    }

    /// <summary>Makes a service for each endpoint and waits until it has an address.</summary>
    public async Task AllocateAsync(CancellationToken cancellationToken)
    {
        var pending = new Dictionary<string, EndpointAnnotation>(StringComparer.Ordinal);
        foreach (var (resource, endpoint) in Endpoints())
        {
            if (endpoint.IsProxied)
            {
                var service = NewService(resource, endpoint);
                pending.Add(service.Metadata.Name, endpoint);
                await dcp.Client.CreateAsync(service, DcpService.Plural, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                endpoint.TargetPort ??= endpoint.Port ?? FreePort();
                endpoint.Port = endpoint.TargetPort;
                var service = NewService(resource, endpoint);
                await dcp.Client.CreateAsync(service, DcpService.Plural, cancellationToken).ConfigureAwait(false);
                Allocate(endpoint, service.Metadata.Name, endpoint.TargetPort.Value);
            }
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_timeout);
        try
        {
            await WaitForAddressesAsync(pending, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var names = string.Join(", ", pending.Keys);
            throw new DistributedApplicationException($"The orchestrator gave no address within {s_timeout.TotalSeconds:0} s to: {names}.");
        }
    }

    private async Task WaitForAddressesAsync(Dictionary<string, EndpointAnnotation> pending, CancellationToken cancellationToken)
    {
        while (pending.Count > 0)
        {
            var changes = dcp.Client.WatchAsync<DcpService>(DcpService.Plural, cancellationToken);
            await foreach (var (_, service) in changes.ConfigureAwait(false))
            {
                if (service.Status is { EffectivePort: > 0 and var port } && pending.Remove(service.Metadata.Name, out var endpoint))
                {
                    Allocate(endpoint, service.Metadata.Name, port);
                }

                if (pending.Count == 0)
                {
                    break;
                }
            }
        }
    }

    private DcpService NewService(IResource resource, EndpointAnnotation endpoint)
    {
        var service = new DcpService();
        service.Metadata.Name = ServiceName(resource, endpoint);
        service.Metadata.Annotations["resource-name"] = resource.Name;
        service.Metadata.Annotations["endpoint-name"] = endpoint.Name;
        service.Spec.Port = endpoint.IsProxied ? PublicPort(endpoint) : endpoint.Port;
        service.Spec.AddressAllocationMode = endpoint.IsProxied ? "Localhost" : "Proxyless";
        service.Spec.Protocol = endpoint.Protocol == ProtocolType.Udp ? "UDP" : "TCP";
        return service;
    }

    // People know the proxy, and the process, as localhost.
    private static void Allocate(EndpointAnnotation endpoint, string serviceName, int port) =>
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(
            endpoint,
            "localhost",
            port,
            $$$"""{{- portForServing "{{{serviceName}}}" -}}""");

    private IEnumerable<(IResource Resource, EndpointAnnotation Endpoint)> Endpoints() =>
        model.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => (resource, endpoint)));

    private int? PublicPort(EndpointAnnotation endpoint) => endpoint.IsProxied && options.RandomizePorts ? null : endpoint.Port;

    private static void CheckShape(IResource resource, EndpointAnnotation endpoint)
    {
        var replicas = resource.GetReplicaCount();
        var reason = endpoint switch
        {
            { IsProxied: false } when replicas > 1 => "it has several replicas, and they cannot share one port without a proxy",
            { TargetPort: not null } when replicas > 1 => "it has several replicas, and they cannot share one target port",
            { IsProxied: true, Port: { } port, TargetPort: { } target } when port == target =>
                "the proxy and the process cannot share one port: leave out the target port, or the proxy",
            { IsProxied: false, Port: { } port, TargetPort: { } target } when port != target =>
                "without a proxy the port and the target port have to be the same",
            _ => null,
        };
        if (reason is not null)
        {
            throw new DistributedApplicationException(
                $"The endpoint '{endpoint.Name}' of resource '{resource.Name}' cannot be had: {reason}.");
        }
    }

    private static bool IsInUse(int port) =>
        IsInUse(IPAddress.Loopback, port) || (Socket.OSSupportsIPv6 && IsInUse(IPAddress.IPv6Loopback, port));

    private static bool IsInUse(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return true;
        }
        catch (SocketException)
        {
            // No such address on this machine: nobody can hold it.
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
