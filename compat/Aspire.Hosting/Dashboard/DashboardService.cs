using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard.</summary>
internal sealed partial class DashboardService(
    ResourceFeed feed,
    ResourceLoggerService resourceLogs,
    ResourceCommandService commands,
    DashboardServiceHost.Application application,
    ILogger<DashboardService> logger) : V1.DashboardService.DashboardServiceBase
{
    // What one message may hold: far below gRPC's limit of 4 MB even with long lines.
    private const int LinesPerMessage = 500;

    public override Task<ApplicationInformationResponse> GetApplicationInformation(
        ApplicationInformationRequest request,
        ServerCallContext context) =>
        Task.FromResult(new ApplicationInformationResponse { ApplicationName = WithoutSuffix(application.Name) });

    public override Task WatchResources(
        WatchResourcesRequest request,
        IServerStreamWriter<WatchResourcesUpdate> responses,
        ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            using var watch = feed.Subscribe();
            var initial = new InitialResourceData();
            initial.Resources.AddRange(watch.Initial);
            await responses.WriteAsync(new WatchResourcesUpdate { InitialData = initial }, cancellationToken).ConfigureAwait(false);

            while (await watch.Changes.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var changes = new WatchResourcesChanges();
                while (watch.Changes.TryRead(out var resource))
                {
                    changes.Value.Add(new WatchResourcesChange { Upsert = resource });
                }

                await responses.WriteAsync(new WatchResourcesUpdate { Changes = changes }, cancellationToken).ConfigureAwait(false);
            }
        });

    public override Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request,
        IServerStreamWriter<WatchResourceConsoleLogsUpdate> responses,
        ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            var batches = request.SuppressFollow
                ? resourceLogs.GetAllAsync(request.ResourceName)
                : resourceLogs.WatchAsync(request.ResourceName);
            await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                foreach (var lines in batch.Chunk(LinesPerMessage))
                {
                    var update = new WatchResourceConsoleLogsUpdate();
                    update.LogLines.AddRange(lines.Select(line => new ConsoleLogLine
                    {
                        LineNumber = line.LineNumber,
                        Text = line.Content,
                        IsStdErr = line.IsErrorMessage,
                    }));
                    await responses.WriteAsync(update, cancellationToken).ConfigureAwait(false);
                }
            }
        });

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(ResourceCommandRequest request, ServerCallContext context)
    {
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, context.CancellationToken)
            .ConfigureAwait(false);
        var response = new ResourceCommandResponse
        {
            Kind = result switch
            {
                { Success: true } => ResourceCommandResponseKind.Succeeded,
                { Canceled: true } => ResourceCommandResponseKind.Cancelled,
                _ => ResourceCommandResponseKind.Failed,
            },
        };
        if (result.Message is { } message)
        {
            response.Message = message;
        }

        if (result.Data is { } data)
        {
            response.Result = new ResourceCommandResult
            {
                Value = data.Value,
                DisplayImmediately = data.DisplayImmediately,
                Format = data.Format switch
                {
                    CommandResultFormat.Json => ResourceCommandResultFormat.Json,
                    CommandResultFormat.Markdown => ResourceCommandResultFormat.Markdown,
                    _ => ResourceCommandResultFormat.Text,
                },
            };
        }

        return response;
    }

    // The host never asks anything, so the stream only has to stay open: the dashboard opens a new one whenever it ends.
    public override Task WatchInteractions(
        IAsyncStreamReader<WatchInteractionsRequestUpdate> requests,
        IServerStreamWriter<WatchInteractionsResponseUpdate> responses,
        ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            // The dashboard waits for the headers to learn whether the call is known here.
            await context.WriteResponseHeadersAsync([]).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        });

    // "JackAutomotive.AppHost" is shown as "JackAutomotive".
    private static string WithoutSuffix(string name) =>
        name.EndsWith(".AppHost", StringComparison.OrdinalIgnoreCase) ? name[..^".AppHost".Length] : name;

    // A stream ends when the dashboard goes or the application stops; neither is an error.
    private async Task StreamAsync(ServerCallContext context, Func<CancellationToken, Task> write)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, application.Stopping);
        try
        {
            await write(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (either.IsCancellationRequested && exception is IOException or InvalidOperationException)
        {
            // A write to a connection that has just gone.
        }
        catch (Exception exception)
        {
            LogStreamFailed(context.Method, exception);
            throw;
        }
    }

    [LoggerMessage(LogLevel.Error, "The dashboard's call {Method} failed.")]
    private partial void LogStreamFailed(string method, Exception exception);
}
