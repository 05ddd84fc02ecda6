using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Storage;

public sealed class S3ObjectStoreTests(S3Server server) : ObjectStoreTests, IClassFixture<S3Server>
{
    private protected override IObjectStore Store
    {
        get
        {
            var options = new StorageOptions
            {
                Store = StorageOptions.S3,
                Bucket = S3Server.Bucket,
                Endpoint = server.Endpoint,
                AccessKey = S3Server.Key,
                SecretKey = S3Server.Key,
            };
            return new S3ObjectStore(StorageExtensions.CreateClient(options), Installation, Options.Create(options));
        }
    }
}

public sealed class S3AudioTests(S3Server server, WebhookApiFixture fixture) : IClassFixture<S3Server>, IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task With_S3_configured_audio_is_stored_in_and_served_from_the_bucket()
    {
        await using var api = fixture.Start(
            ("OBJECT_STORE", "s3"), ("S3_BUCKET", S3Server.Bucket), ("S3_ENDPOINT", server.Endpoint),
            ("S3_ACCESS_KEY", S3Server.Key), ("S3_SECRET_KEY", S3Server.Key));
        var sound = new byte[3_000_000];
        Random.Shared.NextBytes(sound);
        var conversation = PostCallDriver.NewConversation();

        await api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(api.Client, isChunked: true);
        await api.DrainAsync();

        var address = new Uri($"/api/conversations/{conversation}/audio", UriKind.Relative);
        Assert.Equal(sound, await api.Client.GetByteArrayAsync(address, TestContext.Current.CancellationToken));
        using var part = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new(2_999_990, null) } };
        using var answer = await api.Client.SendAsync(part, TestContext.Current.CancellationToken);
        Assert.Equal(sound[2_999_990..], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Empty(fixture.Data.EnumerateFiles("*", SearchOption.AllDirectories));
    }
}
