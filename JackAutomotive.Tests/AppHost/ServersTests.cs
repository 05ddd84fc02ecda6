using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using JackAutomotive.AppHost.LocalServers;

namespace JackAutomotive.Tests.AppHost;

/// <summary>Which Postgres and which Redis the AppHost uses. These tests build the model and start nothing.</summary>
public sealed class ServersTests
{
    [Theory]
    [InlineData]
    [InlineData("--JACK_SERVERS=local")]
    public async Task Servers_are_local_processes_by_default(params string[] args)
    {
        await using var model = await CreateModelAsync(args);

        var server = Assert.IsType<LocalPostgresResource>(Find(model, "postgres"));
        Assert.Same(server, Assert.IsType<LocalPostgresDatabaseResource>(Find(model, "crm")).Parent);
        Assert.IsType<LocalRedisResource>(Find(model, "redis"));
        Assert.DoesNotContain(model.Resources, resource => resource.IsContainer());
    }

    [Fact]
    public async Task Containers_are_Aspire_resources_and_only_Postgres_has_a_volume()
    {
        await using var model = await CreateModelAsync("--JACK_SERVERS=containers");

        var server = Assert.IsType<PostgresServerResource>(Find(model, "postgres"));
        Assert.Same(server, Assert.IsType<PostgresDatabaseResource>(Find(model, "crm")).Parent);
        Assert.Single(server.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Empty(Assert.IsType<RedisResource>(Find(model, "redis")).Annotations.OfType<ContainerMountAnnotation>());
        Assert.DoesNotContain(model.Resources, resource => resource is LocalServerResource);
    }

    [Fact]
    public async Task A_configured_connection_string_replaces_only_its_server()
    {
        await using var model = await CreateModelAsync("--ConnectionStrings:crm=Host=elsewhere", "--JACK_SERVERS=containers");

        Assert.IsNotType<PostgresDatabaseResource>(Find(model, "crm"));
        Assert.DoesNotContain(model.Resources, resource => resource.Name == "postgres");
        Assert.IsType<RedisResource>(Find(model, "redis"));
    }

    [Theory]
    [InlineData("--JACK_SERVERS=docker")]
    [InlineData("--JACK_PROVIDERS=fake")]
    public async Task An_unknown_value_is_refused_with_a_list_of_the_allowed_values(string arg)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => CreateModelAsync(arg));

        Assert.Contains(arg.Split('=')[1], error.Message, StringComparison.Ordinal);
        Assert.Contains(" or ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--JACK_SERVERS=containers")]
    public async Task Every_service_waits_for_Postgres_and_Redis(params string[] args)
    {
        await using var model = await CreateModelAsync(args);

        foreach (var service in (string[])["webhook-api", "realtime"])
        {
            var waits = Find(model, service).Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name);
            Assert.Superset(new HashSet<string> { "crm", "redis" }, waits.ToHashSet());
        }
    }

    private static IResource Find(IDistributedApplicationTestingBuilder model, string name) =>
        model.Resources.Single(resource => resource.Name == name);

    private static Task<IDistributedApplicationTestingBuilder> CreateModelAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.JackAutomotive_AppHost>(args, TestContext.Current.CancellationToken);
}
