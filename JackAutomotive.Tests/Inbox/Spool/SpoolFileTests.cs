using System.Text;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Inbox.Spool;

namespace JackAutomotive.Tests.Inbox.Spool;

/// <summary>What a spool file yields after normal use, after a crash of the process that wrote it, and after damage.</summary>
public sealed class SpoolFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jack-spool-");

    private string OnlyFile => Assert.Single(_folder.GetFiles("*.spool")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Appended_deliveries_are_read_in_order_with_every_field()
    {
        using var file = SpoolFile.Create(_folder.FullName);
        var records = Records(3);
        file.Append(records[..2]);
        file.Append(records[2..]);

        Assert.Equal(records.Select(Text), file.Read().Records.Select(Text));
    }

    [Fact]
    public void The_same_deliveries_are_read_again_until_the_file_advances()
    {
        using var file = SpoolFile.Create(_folder.FullName);
        file.Append(Records(2));
        Assert.Equal(2, file.Read().Records.Count);
        Assert.Equal(2, file.Read().Records.Count);

        file.Advance();
        file.Append(Records(1));

        Assert.Single(file.Read().Records);
        file.Advance();
        Assert.True(file.Read().IsEnd);
        Assert.Equal(0, file.UnreadBytes);
    }

    [Fact]
    public void A_delivery_of_several_megabytes_is_read_completely()
    {
        using var file = SpoolFile.Create(_folder.FullName);
        var large = Records(1)[0] with { Body = [.. Enumerable.Range(0, 5_000_000).Select(i => (byte)i)] };
        file.Append([Records(1)[0]]);
        file.Append([large]);

        Assert.Single(file.Read().Records);
        file.Advance();
        Assert.Equal(large.Body, Assert.Single(file.Read().Records).Body);
    }

    [Property(MaxTest = 60)]
    public void A_truncated_spool_file_yields_every_complete_delivery(PositiveInt cut)
    {
        using (var file = SpoolFile.Create(_folder.FullName))
        {
            file.Append(Records(5));
        }

        var bytes = File.ReadAllBytes(OnlyFile)[..^(cut.Get % 600)];
        File.WriteAllBytes(OnlyFile, bytes);

        // A delivery that lacks only its line feed is complete.
        var lastLine = bytes[(Array.LastIndexOf(bytes, (byte)'\n') + 1)..];
        var isLastLineComplete = SpoolRecord.TryParse(lastLine, out _);
        var complete = bytes.Count(b => b == '\n') + (isLastLineComplete ? 1 : 0);
        using (var file = SpoolFile.TryTakeOver(OnlyFile)!)
        {
            var lines = file.Read();
            Assert.Equal(complete, lines.Records.Count);
            Assert.Equal(isLastLineComplete ? [] : lastLine, lines.Damaged.SelectMany(line => line));
            file.Advance();
            Assert.True(file.Read().IsEnd);
            file.Delete();
        }
    }

    [Property(MaxTest = 60)]
    public void A_damaged_delivery_does_not_hide_the_deliveries_behind_it(PositiveInt at)
    {
        using (var file = SpoolFile.Create(_folder.FullName))
        {
            file.Append(Records(3));
        }

        // Damages any byte of the second line except its line feed.
        var bytes = File.ReadAllBytes(OnlyFile);
        var start = Array.IndexOf(bytes, (byte)'\n') + 1;
        var length = Array.IndexOf(bytes, (byte)'\n', start) - start;
        bytes[start + (at.Get % length)] ^= 0x80;
        File.WriteAllBytes(OnlyFile, bytes);

        using (var file = SpoolFile.TryTakeOver(OnlyFile)!)
        {
            var lines = file.Read();
            Assert.Equal([Text(Records(3)[0]), Text(Records(3)[2])], lines.Records.Select(Text));
            Assert.Equal(bytes.AsSpan(start, length).ToArray(), lines.Damaged.SelectMany(line => line));
            file.Delete();
        }
    }

    [Fact]
    public void A_file_without_any_line_feed_has_an_unreadable_rest_and_does_not_fill_the_memory()
    {
        var path = Path.Combine(_folder.FullName, "foreign.spool");
        using (var foreign = File.Create(path))
        {
            foreign.SetLength(3L * 1024 * 1024 * 1024); // Sparse, so it takes no room.
        }

        using var file = SpoolFile.TryTakeOver(path)!;
        var lines = file.Read();

        Assert.True(lines.IsEnd && lines.HasUnreadableRest);
        file.Delete();
    }

    [Fact]
    public void A_spool_file_is_taken_over_only_when_no_process_holds_it()
    {
        using (SpoolFile.Create(_folder.FullName))
        {
            Assert.Null(SpoolFile.TryTakeOver(OnlyFile));
        }

        using var taken = SpoolFile.TryTakeOver(OnlyFile);
        Assert.NotNull(taken);
    }

    [Fact]
    public void Only_its_owner_may_read_a_spool_file()
    {
        using var file = SpoolFile.Create(_folder.FullName);

        Assert.True(OperatingSystem.IsWindows()
            || File.GetUnixFileMode(OnlyFile) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private static List<SpoolRecord> Records(int count) => [.. Enumerable.Range(0, count).Select(i => new SpoolRecord(
        "twilio",
        "twilio.sms-incoming",
        $"sms:SM{i:x32}",
        "sms:+12025550123",
        Encoding.UTF8.GetBytes($"Body=line+one%0Aline+two\n{i}"),
        [1, 2, 3, (byte)i],
        """{"Content-Type":"application/x-www-form-urlencoded"}""",
        new DateTimeOffset(2026, 11, 23, 12, 0, i, TimeSpan.Zero),
        i == 0 ? null : "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))];

    private static string Text(SpoolRecord record) => Encoding.UTF8.GetString(record.ToLine());
}
