using JackAutomotive.WebhookApi.Storage;
using Microsoft.Win32.SafeHandles;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// A file of deliveries that only grows. While it is open it is locked, so that two instances with one folder tell their own files from
/// those that a dead one left behind; the lock ends with the process, however that ends.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    public const string Pattern = "*.spool";

    private const int ReadBytes = 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _position;
    private long _next;

    private SpoolFile(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <summary>How much of it is written and on disk.</summary>
    public long Length { get; private set; }

    /// <summary>What has not been read yet, or cannot be.</summary>
    public long Rest => Length - _position;

    /// <summary>Something of it was refused for good, so that it must not be deleted.</summary>
    public bool HasRefused { get; set; }

    /// <summary>Makes a new file of this process.</summary>
    public static SpoolFile Create(string folder)
    {
        PrivateFolder.Create(folder);
        var path = Path.Combine(folder, $"{Guid.CreateVersion7():N}.spool");
        var file = new SpoolFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        PrivateFolder.Flush(folder);
        return file;
    }

    /// <summary>Opens a file that was left behind; null if it is somebody's, or gone by now.</summary>
    public static SpoolFile? TryTakeOver(string path)
    {
        try
        {
            return new SpoolFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Appends the records. Once this returns they survive a crash of the machine.</summary>
    /// <exception cref="IOException">They do not fit, or the disk fails; what was written of them is taken back.</exception>
    public void Append(IEnumerable<SpoolRecord> records)
    {
        byte[] lines = [.. records.SelectMany(record => record.ToLine())];
        try
        {
            RandomAccess.Write(_file, lines, Length);
            RandomAccess.FlushToDisk(_file);
            Length += lines.Length;
        }
        catch (IOException)
        {
            RandomAccess.SetLength(_file, Length);
            throw;
        }
    }

    /// <summary>Reads the next records, the same again until <see cref="Advance"/>; none at the end, and at a line that is not whole.</summary>
    public IReadOnlyList<SpoolRecord> Read()
    {
        var records = new List<SpoolRecord>();
        var length = Length;
        for (var size = ReadBytes; ; size *= 2)
        {
            _next = _position;
            var buffer = new byte[(int)Math.Min(size, length - _position)];
            var rest = buffer.AsSpan(0, RandomAccess.Read(_file, buffer, _position));
            while (rest.IndexOf((byte)'\n') is >= 0 and var end && SpoolRecord.TryParse(rest[..end], out var record))
            {
                records.Add(record);
                _next += end + 1;
                rest = rest[(end + 1)..];
            }

            // A line longer than the buffer: once more, with a larger one.
            if (records.Count > 0 || rest.Contains((byte)'\n') || size >= length - _position)
            {
                return records;
            }
        }
    }

    /// <summary>What was read last is in the inbox.</summary>
    public void Advance() => _position = _next;

    /// <summary>Gives the file a name under which nobody takes it for a spool, and returns that.</summary>
    public string SetAside()
    {
        Dispose();
        var kept = Path.ChangeExtension(_path, ".kept");
        File.Move(_path, kept);
        return kept;
    }

    /// <summary>Removes the file.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <summary>Leaves the file as it is, for whoever takes it over.</summary>
    public void Dispose() => _file.Dispose();
}
