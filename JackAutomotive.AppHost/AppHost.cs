using JackAutomotive.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
builder.AddEagerHealthChecks();
builder.ServePlainHttp();
builder.LogStoppedResources();

var settings = builder.AddProductSettings();
var crm = builder.AddPostgresDatabase("postgres", database: "crm");
var redis = builder.AddRedisServer("redis");

var webhookApi = builder.AddProject<Projects.JackAutomotive_WebhookApi>("webhook-api")
    .RunFromBuildOutput()
    .WithReference(crm).WaitFor(crm)
    .WithReference(redis).WaitFor(redis)
    .WithSettings(settings.ForWebhookApi())
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Webhooks and API"));

// Realtime waits for webhook-api because webhook-api migrates the database.
builder.AddProject<Projects.JackAutomotive_Realtime>("realtime")
    .RunFromBuildOutput()
    .WithReplicas(2)
    .WithReference(crm).WaitFor(crm)
    .WithReference(redis).WaitFor(redis)
    .WaitFor(webhookApi)
    .WithSettings(settings.ForRealtime())
    .WithEnvironment("DOTNET_GCgen0size", "80000") // 512 KiB: streams create little garbage, so a small generation 0 saves memory.
    .WithEnvironment("DOTNET_TieredCompilation", "1")
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Event streams"))
    .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/watch", DisplayText = "Watch the newest lead" });

if (settings.ProvidersAreSimulated)
{
    var simulator = builder.AddProject<Projects.JackAutomotive_ProviderSimulator>("provider-simulator")
        .RunFromBuildOutput()
        .WithReference(webhookApi).WaitFor(webhookApi)
        .WithSettings(settings.ForSimulator())
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "What was sent")
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/messages", DisplayText = "Texts and calls to customers" })
        .WithSimulatorCommands();
    webhookApi.WithSimulatedApis(settings, simulator);
}

builder.Build().Run();
