using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.Storage;

/// <summary>What every object store must do.</summary>
public abstract class ObjectStoreTests : IDisposable
{
    private protected DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("jack-store-");

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected Installation Installation { get; private set; } = new() { Id = Guid.NewGuid() };

    private protected DataFolders Folders => new(Options.Create(new StorageOptions { DataFolder = Data.FullName }), Installation);

    private UploadSpool Spool => new(Folders, Store);

    private protected abstract IObjectStore Store { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Data.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_put_is_named_by_its_content_and_read_from_any_position()
    {
        var name = await PutAsync("The blue one.");

        Assert.Equal(ObjectName.Of(SHA256.HashData("The blue one."u8)), name);
        Assert.Equal("The blue one.", await ReadAsync(name, 0));
        Assert.Equal("blue one.", await ReadAsync(name, 4));
        Assert.Equal("", await ReadAsync(name, 13));
        Assert.NotNull(await Store.FindAsync(name, Cancellation));
    }

    [Fact]
    public async Task A_reader_can_go_back_and_knows_the_length()
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
    public async Task The_same_content_put_twice_is_one_object()
    {
        var marker = Guid.NewGuid().ToString();
        var (one, two) = (await PutAsync(marker), await PutAsync(marker));

        Assert.Equal(one, two);
        Assert.Equal(1, await Store.ListAsync(Cancellation).CountAsync(kept => kept.Name == one, Cancellation));
        Assert.Equal(marker, await ReadAsync(one, 0));
    }

    [Fact]
    public async Task Another_installation_with_the_same_place_neither_sees_nor_removes_it()
    {
        var name = await PutAsync("mine");
        var mine = Installation;
        Installation = new Installation { Id = Guid.NewGuid() };
        Assert.Null(await Store.FindAsync(name, Cancellation));
        Assert.Equal(0, await Store.ListAsync(Cancellation).CountAsync(Cancellation));
        await Store.DeleteAsync(name, Cancellation);

        Installation = mine;
        Assert.Equal("mine", await ReadAsync(name, 0));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_may_be_removed()
    {
        var name = ObjectName.Of(SHA256.HashData(Guid.NewGuid().ToByteArray()));

        Assert.Null(await Store.OpenAsync(name, Cancellation));
        Assert.Null(await Store.FindAsync(name, Cancellation));
        await Store.DeleteAsync(name, Cancellation);
    }

    [Fact]
    public async Task What_is_removed_is_gone()
    {
        var name = await PutAsync(Guid.NewGuid().ToString());
        await Store.DeleteAsync(name, Cancellation);

        Assert.Null(await Store.OpenAsync(name, Cancellation));
        Assert.Equal(0, await Store.ListAsync(Cancellation).CountAsync(kept => kept.Name == name, Cancellation));
    }

    [Fact]
    public async Task An_upload_that_is_not_kept_leaves_nothing_behind()
    {
        await using (var upload = Spool.Begin())
        {
            await upload.WriteAsync("half"u8.ToArray(), Cancellation);
        }

        await using (var upload = Spool.Begin())
        {
            await upload.WriteAsync("whole"u8.ToArray(), Cancellation);
            await upload.FinishAsync();
            Assert.Null(await Store.FindAsync(upload.Name, Cancellation));
        }

        Assert.Empty(Data.EnumerateFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Long_content_comes_back_as_it_was()
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
            await upload.KeepAsync(Cancellation);
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
        await upload.KeepAsync(Cancellation);
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

    private protected override IObjectStore Store => new FolderObjectStore(Folders, _time);

    [Fact]
    public async Task Nobody_else_on_the_machine_can_look_into_it()
    {
        await What_is_put_is_named_by_its_content_and_read_from_any_position();

        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        Assert.All(
            Data.EnumerateFileSystemInfos("*", SearchOption.AllDirectories),
            entry => Assert.Equal(UnixFileMode.None, entry.UnixFileMode & Others));
        Assert.Equal(4, Data.EnumerateDirectories("*", SearchOption.AllDirectories).Count());
    }
}
