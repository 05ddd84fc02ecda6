using System.Net.Http.Headers;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>Streams through nginx, which buffers a response unless the response forbids it.</summary>
public sealed class NginxTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Nginx_with_default_buffering_delivers_each_event_at_once_and_a_client_resumes()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        var folder = Directory.CreateTempSubdirectory("jack-nginx-");
        var port = Ports.Free();
        await using (await StartNginxAsync(folder, port, instance.Address))
        {
            await using var client = await SseClient.OpenAsync(NewClient(port), lead);
            for (var i = 1; i <= 5; i++)
            {
                await fixture.RaiseAsync(lead);
                await client.UntilAsync(i);
            }

            await using var resumed = await SseClient.OpenAsync(NewClient(port), lead, lastEventId: 3);
            await resumed.UntilAsync(5);
            Assert.Equal([1L, 2L, 3L, 4L, 5L], client.Seqs);
            Assert.Equal([4L, 5L], resumed.Seqs);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_stream_that_the_service_ends_also_ends_properly_behind_nginx()
    {
        var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        var folder = Directory.CreateTempSubdirectory("jack-nginx-");
        var port = Ports.Free();
        await using (await StartNginxAsync(folder, port, instance.Address))
        {
            await using var client = await SseClient.OpenAsync(NewClient(port), lead);
            await fixture.RaiseAsync(lead);
            await client.UntilAsync(1);

            await instance.DisposeAsync();

            Assert.True(await client.Ended, "the stream broke off");
            Assert.InRange(client.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        }

        folder.Delete(recursive: true);
    }

    private static async Task<ClientProgram> StartNginxAsync(DirectoryInfo folder, int port, Uri service)
    {
        var configuration = Checkout.Read("JackAutomotive.Tests/Realtime/Clients/nginx.conf")
            .Replace("FOLDER", folder.FullName, StringComparison.Ordinal)
            .Replace("PORT", $"{port}", StringComparison.Ordinal)
            .Replace("SERVICE", service.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
        var file = Path.Combine(folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration, TestContext.Current.CancellationToken);
        var nginx = ClientProgram.Start(await ClientProgram.FindAsync("nginx"), ["-p", folder.FullName, "-c", file]);
        await nginx.UntilAsync(() => Ports.IsListening(port), "nginx to listen");
        return nginx;
    }

    private static HttpClient NewClient(int port)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RealtimeFixture.Key);
        return client;
    }
}
