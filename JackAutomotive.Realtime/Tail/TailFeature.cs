using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>Streams of all leads and of several.</summary>
internal static class TailFeature
{
    public static IHostApplicationBuilder AddTail(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TailMetrics>();
        builder.Services.AddSingleton<TailLog>();
        builder.Services.AddSingleton<TailHints>();
        builder.Services.AddSingleton<LogTails>();
        builder.Services.AddSingleton<TailStreams>();
        return builder;
    }

    /// <summary>Maps into the group of streams.</summary>
    public static void MapTail(this IEndpointRouteBuilder streams) =>
        streams.MapGet("/conversations", StreamConversations.Handle).WithMetadata(new HandlerChecksLeads());
}
