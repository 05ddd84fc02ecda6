using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace JackAutomotive.Tests.AppHost;

/// <summary>The whole product, started as <c>run.sh</c> starts it, but with its own ports and servers.</summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    public const string ApiKey = "jack_test_key";

    private readonly IDistributedApplicationTestingBuilder _builder;

    private RunningSystem(IDistributedApplicationTestingBuilder builder, DistributedApplication app)
    {
        _builder = builder;
        App = app;
    }

    public DistributedApplication App { get; }

    public ResourceNotificationService Resources => App.ResourceNotifications;

    /// <summary>Starts a system and waits until every service is healthy.</summary>
    public static async Task<RunningSystem> StartAsync(CancellationToken cancellationToken, params string[] args)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.JackAutomotive_AppHost>(
            [$"--JACK_API_KEY={ApiKey}", "--JACK_PROVIDERS=simulated", "--Logging:LogLevel:Default=Warning", .. args], cancellationToken);

        // A score that follows a text a second later would be an event between those that the tests count.
        var webhookApi = builder.Resources.OfType<ProjectResource>().Single(project => project.Name == "webhook-api");
        builder.CreateResourceBuilder(webhookApi).WithEnvironment("Scoring__Enabled", "false");
        var app = await builder.BuildAsync(cancellationToken);
        var system = new RunningSystem(builder, app);

        try
        {
            await app.StartAsync(cancellationToken);
            await system.WaitUntilHealthyAsync(cancellationToken);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in (string[])["webhook-api", "realtime", "provider-simulator"])
        {
            await Resources.WaitForResourceHealthyAsync(resource, cancellationToken);
        }
    }

    /// <summary>Creates a client of one resource, with the API key and its own connection. The proxy picks a replica for each connection.</summary>
    public HttpClient NewClient(string resource)
    {
        var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = App.GetEndpoint(resource) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        return client;
    }

    /// <summary>Waits until <paramref name="count"/> instances of a resource have a process id, and returns their newest states.</summary>
    public async Task<IReadOnlyList<ResourceEvent>> InstancesOfAsync(string resource, int count, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, ResourceEvent>();
        await foreach (var change in Resources.WatchAsync(cancellationToken))
        {
            if (change.Resource.Name == resource && Pid(change) is not null)
            {
                found[change.ResourceId] = change;
                if (found.Count == count)
                {
                    break;
                }
            }
        }

        return [.. found.Values];
    }

    public static int? Pid(ResourceEvent resource) =>
        resource.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value switch
        {
            int pid => pid,
            long pid => (int)pid,
            string text when int.TryParse(text, out var pid) => pid,
            _ => null,
        };

    /// <summary>Sends a text with the simulator's command, as the dashboard button does.</summary>
    public async Task SendTextAsync(string from, string body, CancellationToken cancellationToken)
    {
        using var client = NewClient("provider-simulator");
        using var answer = await client.PostAsJsonAsync("/commands/send-text", new { from, body }, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until a lead with the phone number exists, and returns the lead's id.</summary>
    public async Task<Guid> LeadOfAsync(string phone, CancellationToken cancellationToken)
    {
        using var client = NewClient("webhook-api");
        while (true)
        {
            var leads = await client.GetFromJsonAsync<JsonElement>($"/api/leads?phone={Uri.EscapeDataString(phone)}", cancellationToken);
            if (leads.GetProperty("items").EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } lead)
            {
                return lead.GetProperty("id").GetGuid();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await _builder.DisposeAsync();
    }
}
