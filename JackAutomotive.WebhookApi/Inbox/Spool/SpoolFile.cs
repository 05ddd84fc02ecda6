using JackAutomotive.WebhookApi.Storage;
using Microsoft.Win32.SafeHandles;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>The next part of a spool file.</summary>
/// <param name="Records">The readable deliveries.</param>
/// <param name="Damaged">The lines, without their line feeds, that are truncated or corrupt.</param>
/// <param name="HasUnreadableRest">Whether the rest of the file has no line that can be read.</param>
internal sealed record SpoolLines(IReadOnlyList<SpoolRecord> Records, IReadOnlyList<byte[]> Damaged, bool HasUnreadableRest)
{
    /// <summary>Whether the file has no further lines.</summary>
    public bool IsEnd => Records.Count == 0 && Damaged.Count == 0;
}

/// <summary>
/// An append-only file of deliveries. The file is locked while it is open, so that instances that share a folder can tell files in use from
/// files that a stopped instance left behind. The operating system releases the lock when the process ends for any reason.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    public const string Extension = ".spool";

    private const int InitialBufferSize = 1024 * 1024;

    // The longest body in memory is 16 MiB, which is 22 MiB in base64.
    private const int MaxLineBytes = 64 * 1024 * 1024;

    private const int SharingViolationOnLinux = 11;
    private const int SharingViolationOnMac = 35;
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);

    private readonly SafeFileHandle _file;
    private long _readPosition;
    private long _nextPosition;

    private SpoolFile(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    public string Path { get; }

    /// <summary>The number of bytes that are written and flushed to disk.</summary>
    public long Length { get; private set; }

    /// <summary>The number of bytes that are not read yet.</summary>
    public long UnreadBytes => Length - _readPosition;

    /// <summary>Creates a new file, locked by this process.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not permit the file.</exception>
    public static SpoolFile Create(string folder) => Create(folder, $"{Guid.CreateVersion7():N}{Extension}");

    /// <inheritdoc cref="Create(string)"/>
    public static SpoolFile Create(string folder, string name)
    {
        PrivateFolder.Create(folder);
        var path = System.IO.Path.Combine(folder, name);
        var file = new SpoolFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        PrivateFolder.Flush(folder);
        return file;
    }

    /// <summary>Opens a file that a stopped instance left behind; null if another instance has locked the file or the file is gone.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file's permissions forbid it, or the path is a folder.</exception>
    /// <exception cref="NotSupportedException">The path is no file, but a pipe or a device.</exception>
    public static SpoolFile? TryTakeOver(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return new SpoolFile(path, file);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException || IsSharingViolation(e))
        {
            return null;
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Appends the records. Once this returns, the records survive a crash of the machine.</summary>
    /// <exception cref="IOException">The disk is full or fails; the file has its previous length.</exception>
    public void Append(IEnumerable<SpoolRecord> records)
    {
        var lines = records.Select(record => (ReadOnlyMemory<byte>)record.ToLine()).ToList();
        try
        {
            RandomAccess.Write(_file, lines, Length);
            RandomAccess.FlushToDisk(_file);
            Length += lines.Sum(line => (long)line.Length);
        }
        catch (IOException)
        {
            Truncate();
            throw;
        }
    }

    /// <summary>
    /// Reads the next lines. The same lines are returned again until <see cref="Advance"/> is called. A damaged line does not hide the lines
    /// behind it.
    /// </summary>
    public SpoolLines Read()
    {
        var (records, damaged) = (new List<SpoolRecord>(), new List<byte[]>());
        var length = Length;
        for (long size = InitialBufferSize; ; size *= 2)
        {
            _nextPosition = _readPosition;
            var buffer = new byte[(int)Math.Min(Math.Min(size, MaxLineBytes), length - _readPosition)];
            var read = RandomAccess.Read(_file, buffer, _readPosition);
            var isEnd = read == 0 || _readPosition + read >= length;
            var rest = buffer.AsSpan(0, read);
            while (rest.IndexOf((byte)'\n') is >= 0 and var lineLength)
            {
                Parse(rest[..lineLength], records, damaged);
                _nextPosition += lineLength + 1;
                rest = rest[(lineLength + 1)..];
            }

            if (isEnd)
            {
                // A crash interrupted the write of the last line.
                Parse(rest, records, damaged);
                _nextPosition = length;
            }

            var isProgress = records.Count > 0 || damaged.Count > 0 || isEnd;
            if (isProgress || size >= MaxLineBytes)
            {
                return new SpoolLines(records, damaged, HasUnreadableRest: !isProgress);
            }
        }
    }

    /// <summary>Moves past the lines of the last read, once their deliveries are in the inbox or kept.</summary>
    public void Advance() => _readPosition = _nextPosition;

    /// <summary>Renames the file, so that no instance treats it as a spool file, and returns the new path. The file stays locked.</summary>
    public string Rename(string extension)
    {
        var newPath = System.IO.Path.ChangeExtension(Path, extension);
        File.Move(Path, newPath, overwrite: true);
        PrivateFolder.Flush(System.IO.Path.GetDirectoryName(Path)!);
        return newPath;
    }

    /// <summary>Closes and deletes the file.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    /// <summary>Closes the file and releases its lock, so that another instance can take over the file.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsSharingViolation(IOException exception) =>
        exception.HResult is SharingViolationOnLinux or SharingViolationOnMac or SharingViolationOnWindows;

    private static void Parse(ReadOnlySpan<byte> line, List<SpoolRecord> records, List<byte[]> damaged)
    {
        if (SpoolRecord.TryParse(line, out var record))
        {
            records.Add(record);
        }
        else if (!line.IsEmpty)
        {
            damaged.Add(line.ToArray());
        }
    }

    // If the disk refuses even this, the next line overwrites the incomplete one, and after a crash the incomplete line counts as damaged.
    private void Truncate()
    {
        try
        {
            RandomAccess.SetLength(_file, Length);
        }
        catch (IOException)
        {
        }
    }
}
