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

        Assert.Equal(records.Select(Text), file.Read().Select(Text));
    }

    [Fact]
    public void The_same_deliveries_are_read_again_until_the_file_advances()
    {
        using var file = SpoolFile.Create(_folder.FullName);
        file.Append(Records(2));
        Assert.Equal(2, file.Read().Count);
        Assert.Equal(2, file.Read().Count);

        file.Advance();
        file.Append(Records(1));

        Assert.Single(file.Read());
        file.Advance();
        Assert.Empty(file.Read());
        Assert.Equal(0, file.UnreadBytes);
    }

    [Fact]
    public void A_delivery_of_several_megabytes_is_read_completely()
    {
        using var file = SpoolFile.Create(_folder.FullName);
        var large = Records(1)[0] with { Body = [.. Enumerable.Range(0, 5_000_000).Select(i => (byte)i)] };
        file.Append([Records(1)[0]]);
        file.Append([large]);

        Assert.Single(file.Read());
        file.Advance();
        Assert.Equal(large.Body, Assert.Single(file.Read()).Body);
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

        var complete = bytes.Count(b => b == '\n');
        using (var file = SpoolFile.TryTakeOver(OnlyFile)!)
        {
            Assert.Equal(complete, file.Read().Count);
            file.Advance();
            Assert.Equal(bytes.Length - (Array.LastIndexOf(bytes, (byte)'\n') + 1), file.UnreadBytes);
            file.Delete();
        }
    }

    [Property(MaxTest = 60)]
    public void A_delivery_with_a_damaged_byte_is_not_read(PositiveInt at)
    {
        using (var file = SpoolFile.Create(_folder.FullName))
        {
            file.Append(Records(1));
        }

        var bytes = File.ReadAllBytes(OnlyFile);
        bytes[at.Get % bytes.Length] ^= 0x01;
        File.WriteAllBytes(OnlyFile, bytes);

        using (var file = SpoolFile.TryTakeOver(OnlyFile)!)
        {
            Assert.Empty(file.Read());
            file.Delete();
        }
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
