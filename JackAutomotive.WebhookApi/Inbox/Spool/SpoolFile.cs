using JackAutomotive.WebhookApi.Storage;
using Microsoft.Win32.SafeHandles;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// An append-only file of deliveries. The file is locked while it is open, so that instances that share a folder can tell files in use from
/// files that a stopped instance left behind. The operating system releases the lock when the process ends for any reason.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    public const string Pattern = "*.spool";

    private const int InitialBufferSize = 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _readPosition;
    private long _nextPosition;

    private SpoolFile(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <summary>The number of bytes that are written and flushed to disk.</summary>
    public long Length { get; private set; }

    /// <summary>The number of bytes that are not read yet or cannot be read.</summary>
    public long UnreadBytes => Length - _readPosition;

    /// <summary>Whether Postgres rejected a row of this file permanently. Such a file must not be deleted.</summary>
    public bool HasRejectedRows { get; set; }

    /// <summary>Creates a new file, locked by this process.</summary>
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

    /// <summary>Opens a file that a stopped instance left behind; null if another instance has locked the file or the file is gone.</summary>
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

    /// <summary>Appends the records. Once this returns, the records survive a crash of the machine.</summary>
    /// <exception cref="IOException">The disk is full or fails; the file is truncated to its previous length.</exception>
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

    /// <summary>
    /// Reads the next records. The same records are returned again until <see cref="Advance"/> is called. The list is empty at the end of the
    /// file and at a truncated or corrupt line.
    /// </summary>
    public IReadOnlyList<SpoolRecord> Read()
    {
        var records = new List<SpoolRecord>();
        var length = Length;
        for (var size = InitialBufferSize; ; size *= 2)
        {
            _nextPosition = _readPosition;
            var buffer = new byte[(int)Math.Min(size, length - _readPosition)];
            var rest = buffer.AsSpan(0, RandomAccess.Read(_file, buffer, _readPosition));
            while (rest.IndexOf((byte)'\n') is >= 0 and var lineLength && SpoolRecord.TryParse(rest[..lineLength], out var record))
            {
                records.Add(record);
                _nextPosition += lineLength + 1;
                rest = rest[(lineLength + 1)..];
            }

            // A line that is longer than the buffer needs a larger buffer.
            var isLineCutOff = records.Count == 0 && !rest.Contains((byte)'\n');
            var isEndInBuffer = size >= length - _readPosition;
            if (!isLineCutOff || isEndInBuffer)
            {
                return records;
            }
        }
    }

    /// <summary>Moves past the records of the last read, once they are in the inbox.</summary>
    public void Advance() => _readPosition = _nextPosition;

    /// <summary>Renames the file, so that no instance treats it as a spool file, and returns the new path.</summary>
    public string SetAside()
    {
        Dispose();
        var keptPath = Path.ChangeExtension(_path, ".kept");
        File.Move(_path, keptPath);
        return keptPath;
    }

    /// <summary>Closes and deletes the file.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <summary>Closes the file and releases its lock, so that another instance can take over the file.</summary>
    public void Dispose() => _file.Dispose();
}
