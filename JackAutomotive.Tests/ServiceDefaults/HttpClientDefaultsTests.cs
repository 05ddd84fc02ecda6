using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.ServiceDefaults;

public sealed class HttpClientDefaultsTests
{
    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task A_failed_unsafe_request_is_not_retried(string method)
    {
        var requests = 0;
        await using var stub = await StartStubAsync(() => Interlocked.Increment(ref requests) < 0);
        using var host = BuildHost(stub.Address);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(stub.Address, "effect"));
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task A_failed_GET_is_retried()
    {
        var requests = 0;
        await using var stub = await StartStubAsync(() => Interlocked.Increment(ref requests) > 1);
        using var host = BuildHost(stub.Address);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        using var answer = await client.GetAsync(new Uri(stub.Address, "read"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task A_service_is_resolved_by_its_name()
    {
        await using var stub = await StartStubAsync(() => true);
        using var host = BuildHost(stub.Address);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        using var answer = await client.GetAsync(new Uri("http://webhook-api/read"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IHost BuildHost(Uri stub)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection([new("services:webhook-api:http:0", stub.GetLeftPart(UriPartial.Authority))]);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        return builder.Build();
    }

    /// <summary>Answers 200 when <paramref name="succeeds"/> returns true, otherwise 503 with <c>Retry-After: 0</c>.</summary>
    private static Task<RunningApp> StartStubAsync(Func<bool> succeeds)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapFallback((HttpResponse response) =>
        {
            response.Headers.RetryAfter = "0";
            return succeeds() ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });
        return RunningApp.StartAsync(app);
    }
}
