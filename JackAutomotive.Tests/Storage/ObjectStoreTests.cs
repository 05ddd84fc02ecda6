using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.Storage;

/// <summary>The rules that every object store obeys.</summary>
public abstract class ObjectStoreTests : IDisposable
{
    private protected DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("jack-store-");

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected Installation Installation { get; private set; } = new() { Id = Guid.NewGuid() };

    private protected DataFolders Folders => new(Options.Create(new StorageOptions { DataFolder = Data.FullName }), Installation);

    private UploadFolder Spool => new(Folders, Store);

    private protected abstract IObjectStore Store { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Data.Delete(recursive: true);
    }

    [Fact]
    public async Task An_object_is_named_by_its_content_and_read_from_any_position()
    {
        var name = await PutAsync("The blue one.");

        Assert.Equal(ObjectName.FromHash(SHA256.HashData("The blue one."u8)), name);
        Assert.Equal("The blue one.", await ReadAsync(name, 0));
        Assert.Equal("blue one.", await ReadAsync(name, 4));
        Assert.Equal("", await ReadAsync(name, 13));
        Assert.NotNull(await Store.FindWrittenAtAsync(name, Cancellation));
    }

    [Fact]
    public async Task An_object_stream_can_seek_and_knows_its_length()
    {
        var name = await PutAsync("0123456789");
        await using var stream = await Store.OpenAsync(name, Cancellation);
        Assert.NotNull(stream);
        var buffer = new byte[3];

        Assert.Equal(10, stream.Length);
        await stream.ReadExactlyAsync(buffer, Cancellation);
        stream.Seek(-1, SeekOrigin.Current);
        await stream.ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal("234", Encoding.ASCII.GetString(buffer));
        stream.Position = 7;
        await stream.ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal("789", Encoding.ASCII.GetString(buffer));
        Assert.Equal(0, await stream.ReadAsync(buffer, Cancellation));
        stream.Seek(-10, SeekOrigin.End);
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task The_same_content_stored_twice_is_one_object()
    {
        var marker = Guid.NewGuid().ToString();
        var (one, two) = (await PutAsync(marker), await PutAsync(marker));

        Assert.Equal(one, two);
        Assert.Equal(1, await Store.ListAsync(Cancellation).CountAsync(listed => listed.Name == one, Cancellation));
        Assert.Equal(marker, await ReadAsync(one, 0));
    }

    [Fact]
    public async Task An_installation_neither_sees_nor_deletes_the_objects_of_another()
    {
        var name = await PutAsync("mine");
        var mine = Installation;
        Installation = new Installation { Id = Guid.NewGuid() };
        Assert.Null(await Store.FindWrittenAtAsync(name, Cancellation));
        Assert.Equal(0, await Store.ListAsync(Cancellation).CountAsync(Cancellation));
        await Store.DeleteAsync(name, Cancellation);

        Installation = mine;
        Assert.Equal("mine", await ReadAsync(name, 0));
    }

    [Fact]
    public async Task A_missing_object_is_not_found_and_can_be_deleted()
    {
        var name = ObjectName.FromHash(SHA256.HashData(Guid.NewGuid().ToByteArray()));

        Assert.Null(await Store.OpenAsync(name, Cancellation));
        Assert.Null(await Store.FindWrittenAtAsync(name, Cancellation));
        await Store.DeleteAsync(name, Cancellation);
    }

    [Fact]
    public async Task A_deleted_object_is_not_found()
    {
        var name = await PutAsync(Guid.NewGuid().ToString());
        await Store.DeleteAsync(name, Cancellation);

        Assert.Null(await Store.OpenAsync(name, Cancellation));
        Assert.Equal(0, await Store.ListAsync(Cancellation).CountAsync(listed => listed.Name == name, Cancellation));
    }

    [Fact]
    public async Task An_abandoned_upload_leaves_nothing_behind()
    {
        await using (var upload = Spool.Begin())
        {
            await upload.WriteAsync("half"u8.ToArray(), Cancellation);
        }

        await using (var upload = Spool.Begin())
        {
            await upload.WriteAsync("whole"u8.ToArray(), Cancellation);
            await upload.FinishAsync();
            Assert.Null(await Store.FindWrittenAtAsync(upload.Name, Cancellation));
        }

        Assert.Empty(Data.EnumerateFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Content_of_3_MB_written_in_pieces_is_read_back_unchanged()
    {
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        ObjectName name;
        await using (var upload = Spool.Begin())
        {
            foreach (var piece in content.Chunk(70_000))
            {
                await upload.WriteAsync(piece, Cancellation);
            }

            await upload.FinishAsync();
            await upload.StoreAsync(Cancellation);
            name = upload.Name;
        }

        await using var stream = await Store.OpenAsync(name, Cancellation);
        using var read = new MemoryStream();
        await stream!.CopyToAsync(read, Cancellation);
        Assert.Equal(content, read.ToArray());
    }

    private async Task<ObjectName> PutAsync(string content)
    {
        await using var upload = Spool.Begin();
        await upload.WriteAsync(Encoding.UTF8.GetBytes(content), Cancellation);
        await upload.FinishAsync();
        await upload.StoreAsync(Cancellation);
        return upload.Name;
    }

    private async Task<string> ReadAsync(ObjectName name, long position)
    {
        await using var stream = await Store.OpenAsync(name, Cancellation);
        Assert.NotNull(stream);
        stream.Seek(position, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }
}

public sealed class FolderObjectStoreTests : ObjectStoreTests
{
    private readonly FakeTimeProvider _time = new();

    // A store that has stored an object has its folder. A missing folder is an outage.
    public FolderObjectStoreTests() => PrivateFolder.Create(Folders.Objects);

    private protected override IObjectStore Store => new FolderObjectStore(Folders, _time);

    [Fact]
    public async Task Other_users_of_the_machine_have_no_access_to_files_or_folders()
    {
        await An_object_is_named_by_its_content_and_read_from_any_position();

        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        Assert.All(
            Data.EnumerateFileSystemInfos("*", SearchOption.AllDirectories),
            entry => Assert.Equal(UnixFileMode.None, entry.UnixFileMode & Others));
        Assert.Equal(4, Data.EnumerateDirectories("*", SearchOption.AllDirectories).Count());
    }
}
