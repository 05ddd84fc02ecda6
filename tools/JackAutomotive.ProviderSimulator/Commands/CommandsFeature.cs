namespace JackAutomotive.ProviderSimulator.Commands;

internal static class CommandsFeature
{
    public static void AddCommands(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTransient<CallStory>();
        builder.Services.AddTransient<DayStory>();
        builder.Services.AddTransient<SendText>();
        builder.Services.AddTransient<PlayCall>();
        builder.Services.AddTransient<PlayLiveCall>();
        builder.Services.AddTransient<PlayStatuses>();
        builder.Services.AddTransient<PlayFailedCall>();
        builder.Services.AddTransient<SendUnknown>();
        builder.Services.AddTransient<PlayBusyDay>();
        builder.Services.AddTransient<PlayChaosDay>();
        builder.Services.AddTransient<Flood>();
        builder.Services.AddTransient<SalesStoryWebhooks>();
        builder.Services.AddTransient<PlaySalesStory>();

        // A malformed body is the caller's error in every environment, so the answer is 400 and not an exception page.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
    }

    public static void MapCommands(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", ListCommands.Handle);

        var commands = routes.MapGroup("/commands").AddEndpointFilter<CommandFilter>();
        commands.MapPost($"/{SendText.Name}", SendText.Handle);
        commands.MapPost($"/{PlayCall.Name}", PlayCall.Handle);
        commands.MapPost($"/{PlayLiveCall.Name}", PlayLiveCall.Handle);
        commands.MapPost($"/{PlayStatuses.Name}", PlayStatuses.Handle);
        commands.MapPost($"/{PlayFailedCall.Name}", PlayFailedCall.Handle);
        commands.MapPost($"/{SendUnknown.Name}", SendUnknown.Handle);
        commands.MapPost($"/{PlayBusyDay.Name}", PlayBusyDay.Handle);
        commands.MapPost($"/{PlayChaosDay.Name}", PlayChaosDay.Handle);
        commands.MapPost($"/{Flood.Name}", Flood.Handle);
        commands.MapPost($"/{PlaySalesStory.Name}", PlaySalesStory.Handle);
    }
}
