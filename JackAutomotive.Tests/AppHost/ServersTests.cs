using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using JackAutomotive.AppHost.LocalServers;

namespace JackAutomotive.Tests.AppHost;

/// <summary>Where the AppHost takes Postgres and Redis from. Nothing is started.</summary>
public sealed class ServersTests
{
    [Theory]
    [InlineData]
    [InlineData("--JACK_SERVERS=local")]
    public async Task Servers_are_processes_of_this_machine_by_default(params string[] args)
    {
        await using var model = await ModelAsync(args);

        var server = Assert.IsType<LocalPostgresResource>(Find(model, "postgres"));
        Assert.Same(server, Assert.IsType<LocalPostgresDatabaseResource>(Find(model, "crm")).Parent);
        Assert.IsType<LocalRedisResource>(Find(model, "redis"));
        Assert.DoesNotContain(model.Resources, resource => resource.IsContainer());
    }

    [Fact]
    public async Task Containers_are_those_of_the_packages_and_only_Postgres_has_a_volume()
    {
        await using var model = await ModelAsync("--JACK_SERVERS=containers");

        var server = Assert.IsType<PostgresServerResource>(Find(model, "postgres"));
        Assert.Same(server, Assert.IsType<PostgresDatabaseResource>(Find(model, "crm")).Parent);
        Assert.Single(server.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Empty(Assert.IsType<RedisResource>(Find(model, "redis")).Annotations.OfType<ContainerMountAnnotation>());
        Assert.DoesNotContain(model.Resources, resource => resource is LocalServerResource);
    }

    [Fact]
    public async Task A_given_connection_string_replaces_that_server_and_no_other()
    {
        await using var model = await ModelAsync("--ConnectionStrings:crm=Host=elsewhere", "--JACK_SERVERS=containers");

        Assert.IsNotType<PostgresDatabaseResource>(Find(model, "crm"));
        Assert.DoesNotContain(model.Resources, resource => resource.Name == "postgres");
        Assert.IsType<RedisResource>(Find(model, "redis"));
    }

    [Theory]
    [InlineData("--JACK_SERVERS=docker")]
    [InlineData("--JACK_PROVIDERS=fake")]
    public async Task An_unknown_value_is_refused_with_the_values_that_are_allowed(string arg)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ModelAsync(arg));

        Assert.Contains(arg.Split('=')[1], error.Message, StringComparison.Ordinal);
        Assert.Contains(" or ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--JACK_SERVERS=containers")]
    public async Task Every_service_waits_for_and_refers_to_the_servers(params string[] args)
    {
        await using var model = await ModelAsync(args);

        foreach (var service in (string[])["webhook-api", "realtime"])
        {
            var waits = Find(model, service).Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name);
            Assert.Superset(new HashSet<string> { "crm", "redis" }, waits.ToHashSet());
        }
    }

    private static IResource Find(IDistributedApplicationTestingBuilder model, string name) =>
        model.Resources.Single(resource => resource.Name == name);

    private static Task<IDistributedApplicationTestingBuilder> ModelAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.JackAutomotive_AppHost>(args, TestContext.Current.CancellationToken);
}
