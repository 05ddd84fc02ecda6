using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>Registers and maps the streams of all leads and of several leads.</summary>
internal static class TailFeature
{
    public static IHostApplicationBuilder AddTail(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TailMetrics>();
        builder.Services.AddSingleton<TailLog>();
        builder.Services.AddSingleton<TailChannel>();
        builder.Services.AddSingleton<LogTailProvider>();
        builder.Services.AddSingleton<TailStreams>();
        return builder;
    }

    /// <summary>Maps the route into the group of stream routes.</summary>
    public static void MapTail(this IEndpointRouteBuilder streams) =>
        streams.MapGet("/conversations", StreamConversations.Handle).WithMetadata(new AcceptsLeadTokens());
}
