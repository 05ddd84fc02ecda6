using System.Globalization;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Runs a server of this machine for the resource, by way of local-redis.sh.</summary>
internal static class LocalRedis
{
    private static readonly string s_folder = Path.GetDirectoryName(typeof(LocalRedis).Assembly.Location)!;
    private static readonly string s_script = Path.Combine(s_folder, "local-redis.sh");

    private static readonly string s_garnet = typeof(LocalRedis).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "garnetpath").Value!;

    public static IResourceBuilder<RedisResource> RunLocally(this IResourceBuilder<RedisResource> builder)
    {
        var server = builder.Resource;
        return builder
            .WithAnnotation(new ExecutableAnnotation { Command = "bash", WorkingDirectory = s_folder })
            .WithArgs(context =>
            {
                context.Args.Add(s_script);
                context.Args.Add(server.PrimaryEndpoint.Property(EndpointProperty.TargetPort));
                context.Args.Add(s_garnet);
                foreach (var argument in DataArguments(server, LocalData.Of(server, builder.ApplicationBuilder.Configuration)))
                {
                    context.Args.Add(argument);
                }
            });
    }

    // Without a place that outlives the server there is nothing to write a snapshot for.
    private static IEnumerable<string> DataArguments(RedisResource server, LocalData? data)
    {
        if (data is null)
        {
            return ["memory"];
        }

        var persistence = server.Annotations.OfType<RedisPersistenceAnnotation>().LastOrDefault();
        return persistence is null
            ? [data.Kind, data.Place]
            :
            [
                data.Kind,
                data.Place,
                persistence.Interval.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
                persistence.KeysChangedThreshold.ToString(CultureInfo.InvariantCulture),
            ];
    }
}
