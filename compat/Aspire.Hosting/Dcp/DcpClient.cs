using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Aspire.Hosting.Dcp.Model;
using k8s;
using k8s.Autorest;

namespace Aspire.Hosting.Dcp;

/// <summary>Talks to the orchestrator, which is a Kubernetes API server with kinds of its own.</summary>
internal sealed class DcpClient(KubernetesClientConfiguration configuration) : Kubernetes(configuration)
{
    private const string Path = $"apis/{DcpObject.Group}/{DcpObject.Version}/";

    public Task CreateAsync<T>(T item, string plural, CancellationToken cancellationToken)
        where T : DcpObject =>
        CustomObjects.CreateClusterCustomObjectAsync<T>(
            item,
            DcpObject.Group,
            DcpObject.Version,
            plural,
            cancellationToken: cancellationToken);

    /// <summary>Deletes an object and returns when it is gone; one that is not there is no failure.</summary>
    public async Task DeleteAsync(string plural, string name, CancellationToken cancellationToken)
    {
        try
        {
            await CustomObjects.DeleteClusterCustomObjectAsync(
                DcpObject.Group,
                DcpObject.Version,
                plural,
                name,
                cancellationToken: cancellationToken).ConfigureAwait(false);
            while (true)
            {
                await CustomObjects.GetClusterCustomObjectAsync(
                    DcpObject.Group,
                    DcpObject.Version,
                    plural,
                    name,
                    cancellationToken).ConfigureAwait(false);
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // Gone.
        }
    }

    /// <summary>Asks for a process to be stopped.</summary>
    public async Task StopExecutableAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Patch,
            $"{Path}{DcpExecutable.Plural}/{name}",
            """[{"op":"add","path":"/spec/stop","value":true}]""",
            "application/json-patch+json",
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every object of a kind as it is, and then as it changes; false stands for one that was deleted.</summary>
    public async IAsyncEnumerable<(bool Exists, T Item)> WatchAsync<T>(
        string plural,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : DcpObject
    {
        using var response = await SendAsync(
            HttpMethod.Get,
            $"{Path}{plural}?watch=true",
            null,
            null,
            cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            var change = KubernetesJson.Deserialize<Watcher<T>.WatchEvent>(line);
            if (change.Type is WatchEventType.Added or WatchEventType.Modified or WatchEventType.Deleted)
            {
                yield return (change.Type != WatchEventType.Deleted, change.Object);
            }
        }
    }

    /// <summary>What a process writes to one of its outputs, from the beginning; ends with the process.</summary>
    public async IAsyncEnumerable<string> ReadLogAsync(
        string executable,
        string source,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = $"?source={source}&follow=true&timestamps=true";
        using var response = await SendAsync(
            HttpMethod.Get,
            $"{Path}{DcpExecutable.Plural}/{executable}/log{query}",
            null,
            null,
            cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>What the orchestrator itself does.</summary>
    public async Task<DcpExecution> GetExecutionAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, "admin/execution", null, null, cancellationToken).ConfigureAwait(false);
        return KubernetesJson.Deserialize<DcpExecution>(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Tells the orchestrator to end, or to end what it runs.</summary>
    public async Task SetExecutionAsync(string status, CancellationToken cancellationToken)
    {
        var body = KubernetesJson.Serialize(new DcpExecution { Status = status, ShutdownResourceCleanup = "Full" });
        using var response = await SendAsync(
            HttpMethod.Patch,
            "admin/execution",
            body,
            "application/merge-patch+json",
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? body,
        string? mediaType,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(BaseUri, path)) { Version = HttpVersion.Version20 };
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(mediaType!));
        }

        return await SendRequestRaw(body, request, cancellationToken).ConfigureAwait(false);
    }
}
