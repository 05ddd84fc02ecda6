using JackAutomotive.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

var settings = builder.AddProductSettings();

var crm = builder.ConfiguredOr("crm", () => builder.AddPostgres("postgres").WithDataVolume().AddDatabase("crm"));
var redis = builder.ConfiguredOr("redis", () => builder.AddRedis("redis"));

var webhookApi = builder.AddProject<Projects.JackAutomotive_WebhookApi>("webhook-api")
    .WithReference(crm).WaitFor(crm)
    .WithReference(redis).WaitFor(redis)
    .WithSettings(settings.AsGiven())
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Webhooks and API"));

// After webhook-api, because that one migrates the database.
builder.AddProject<Projects.JackAutomotive_Realtime>("realtime")
    .WithReplicas(2)
    .WithReference(crm).WaitFor(crm)
    .WithReference(redis).WaitFor(redis)
    .WaitFor(webhookApi)
    .WithSettings(settings.OfStreams())
    .WithEnvironment("DOTNET_GCgen0size", "80000") // 512 KiB, not the size of the processor's cache: streams make little garbage
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Event streams"))
    .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/watch", DisplayText = "Watch the newest lead" });

if (settings.ProvidersAreSimulated)
{
    builder.AddProject<Projects.JackAutomotive_ProviderSimulator>("provider-simulator")
        .WithReference(webhookApi).WaitFor(webhookApi)
        .WithSettings(settings.OfProviders())
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "What was sent")
        .WithHttpCommand("/commands/send-text", "Send a text", commandOptions: new() { IconName = "Chat", IsHighlighted = true })
        .WithHttpCommand("/commands/play-call", "Play a call", commandOptions: new() { IconName = "Call", IsHighlighted = true })
        .WithHttpCommand("/commands/play-live-call", "Play a live call", commandOptions: new() { IconName = "CallConnecting" })
        .WithHttpCommand("/commands/play-busy-day", "Play a busy day", commandOptions: new() { IconName = "CalendarDay" })
        .WithHttpCommand("/commands/play-chaos-day", "Play a chaos day", commandOptions: new() { IconName = "WeatherThunderstorm" });
}

builder.Build().Run();
