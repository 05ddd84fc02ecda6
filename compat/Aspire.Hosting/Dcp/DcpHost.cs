using System.Diagnostics;
using System.Globalization;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using Microsoft.Extensions.Logging;
using YamlDotNet.Core;

namespace Aspire.Hosting.Dcp;

/// <summary>The orchestrator's process. It watches this one, and ends all that it runs when this one ends in whatever way.</summary>
internal sealed class DcpHost(DcpOptions options, ILogger<DcpHost> logger) : IDisposable
{
    // Meant for the AppHost itself; a process that inherited them would listen on the dashboard's port.
    private static readonly string[] s_ownVariables =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOGLEVEL"];

    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(20);

    private DcpClient? _client;

    public DcpClient Client => _client ?? throw new InvalidOperationException("The orchestrator was not started.");

    /// <exception cref="DistributedApplicationException">It is not there, or it did not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var cli = options.RequireCli();
        var session = Directory.CreateTempSubdirectory("aspire-dcp").FullName;
        var kubeconfig = Path.Combine(session, "kubeconfig");

        var start = new ProcessStartInfo(cli)
        {
            ArgumentList = { "start-apiserver", "--detach", "--monitor", OwnPid, "--kubeconfig", kubeconfig },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DCP_SESSION_FOLDER"] = session;
        foreach (var name in s_ownVariables)
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_startTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                var error = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                throw new DistributedApplicationException(
                    $"The Aspire orchestrator '{cli}' did not start (exit code {process.ExitCode}). {error.Trim()}");
            }

            _client = new DcpClient(await ReadAsync(kubeconfig, timeout.Token).ConfigureAwait(false));
            await WaitUntilReadyAsync(_client, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException(
                $"The Aspire orchestrator '{cli}' did not start within {s_startTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>Ends the orchestrator and all that it runs.</summary>
    public async Task StopAsync(bool wait)
    {
        if (_client is null)
        {
            return;
        }

        if (wait)
        {
            await TryAsync(CleanUpAsync).ConfigureAwait(false);
        }

        await TryAsync(token => _client.SetExecutionAsync("Stopping", token)).ConfigureAwait(false);
    }

    public void Dispose() => _client?.Dispose();

    private static string OwnPid => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        await Client.SetExecutionAsync("CleaningResources", cancellationToken).ConfigureAwait(false);
        while ((await Client.GetExecutionAsync(cancellationToken).ConfigureAwait(false)).Status != "CleanupComplete")
        {
            await Task.Delay(50, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> action)
    {
        using var timeout = new CancellationTokenSource(s_stopTimeout);
        try
        {
            await action(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException
            or HttpRequestException or HttpOperationException or IOException)
        {
            // It ends by itself when this process has ended.
            logger.LogDebug(exception, "The orchestrator did not confirm its end.");
        }
    }

    private static async Task<KubernetesClientConfiguration> ReadAsync(string kubeconfig, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (File.Exists(kubeconfig))
                {
                    var file = new FileInfo(kubeconfig);
                    return await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(file, useRelativePaths: false)
                        .ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is IOException or YamlException or KubeConfigException)
            {
                // It is being written.
            }

            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WaitUntilReadyAsync(DcpClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if ((await client.GetExecutionAsync(cancellationToken).ConfigureAwait(false)).Status == "Running")
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        }
    }
}
