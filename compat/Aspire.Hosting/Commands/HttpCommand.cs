using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>A command that sends an HTTP request to an endpoint.</summary>
internal sealed class HttpCommand(EndpointReference endpoint, string path, HttpCommandOptions options)
{
    public HttpMethod Method { get; } = options.Method ?? HttpMethod.Post;

    public static ResourceCommandState EnabledWhileHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    public async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
    {
        if (!endpoint.IsAllocated)
        {
            return CommandResults.Failure("Endpoints are not yet allocated.");
        }

        var client = context.ServiceProvider.GetRequiredService<IHttpClientFactory>().CreateClient(options.HttpClientName ?? "");
        using var request = new HttpRequestMessage(Method, new Uri(new Uri(endpoint.Url), path));
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                ServiceProvider = context.ServiceProvider,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                HttpClient = client,
                Request = request,
                CancellationToken = context.CancellationToken,
            }).ConfigureAwait(false);
        }

        try
        {
            using var response = await client.SendAsync(request, context.CancellationToken).ConfigureAwait(false);
            return options.GetCommandResult is { } getResult
                ? await getResult(new HttpCommandResultContext
                {
                    ServiceProvider = context.ServiceProvider,
                    ResourceName = context.ResourceName,
                    Endpoint = endpoint,
                    HttpClient = client,
                    Response = response,
                    CancellationToken = context.CancellationToken,
                }).ConfigureAwait(false)
                : await ResultOfAsync(response, context.CancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            context.Logger.LogError(exception, "HTTP command '{Method} {Path}' failed.", Method, path);
            return CommandResults.Failure(exception);
        }
    }

    private async Task<ExecuteCommandResult> ResultOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = options.ResultMode == HttpCommandResultMode.None
            ? ""
            : await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true;
        var format = options.ResultMode switch
        {
            HttpCommandResultMode.Json => CommandResultFormat.Json,
            HttpCommandResultMode.Auto when isJson => CommandResultFormat.Json,
            _ => CommandResultFormat.Text,
        };

        var failure = string.Create(CultureInfo.InvariantCulture, $"Request failed with status code {response.StatusCode}");
        return (response.IsSuccessStatusCode, body) switch
        {
            (true, "") => CommandResults.Success(),
            (true, _) => CommandResults.Success("", body, format),
            (false, "") => CommandResults.Failure(failure),
            _ => CommandResults.Failure(failure, body, format),
        };
    }
}
