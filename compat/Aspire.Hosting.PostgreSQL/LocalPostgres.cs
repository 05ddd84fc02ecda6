using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Runs a server of this machine for the resource, by way of local-postgres.sh.</summary>
internal static class LocalPostgres
{
    private static readonly string s_folder = Path.GetDirectoryName(typeof(LocalPostgres).Assembly.Location)!;
    private static readonly string s_script = Path.Combine(s_folder, "local-postgres.sh");

    public static IResourceBuilder<PostgresServerResource> RunLocally(this IResourceBuilder<PostgresServerResource> builder)
    {
        var server = builder.Resource;
        builder.ApplicationBuilder.Eventing.Subscribe<BeforeResourceStartedEvent>(
            server,
            (_, cancellationToken) => RequireServerAsync(cancellationToken));

        return builder
            .WithAnnotation(new ExecutableAnnotation { Command = "bash", WorkingDirectory = s_folder })
            .WithArgs(context =>
            {
                var data = LocalData.Of(server, builder.ApplicationBuilder.Configuration);
                context.Args.Add(s_script);
                context.Args.Add("run");
                context.Args.Add(server.PrimaryEndpoint.Property(EndpointProperty.TargetPort));
                context.Args.Add(data?.Kind ?? "temporary");
                if (data is not null)
                {
                    context.Args.Add(data.Place);
                }
            });
    }

    // Asked before the start so that the reason stands in the application's own output, not only in the resource's log.
    private static async Task RequireServerAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("bash", [s_script, "find"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var find = Process.Start(start)!;
        var output = find.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await find.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await output.ConfigureAwait(false);
        await find.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (find.ExitCode != 0)
        {
            throw new DistributedApplicationException(error.Trim());
        }
    }
}
