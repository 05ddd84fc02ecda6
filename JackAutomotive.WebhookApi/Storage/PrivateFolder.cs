using System.Runtime.InteropServices;
using System.Text;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Folders that hold personal data: nobody else on the machine may look into them.</summary>
internal static class PrivateFolder
{
    private const int ReadOnly = 0;

    /// <summary>Creates the folder and those above it that are missing, for this user alone. One that exists stays as it is.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // One by one: the framework gives the mode to the last one only.
        if (!Directory.Exists(path))
        {
            Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>
    /// Brings the folder's own entries to disk: without it a file that was renamed has its old name after a loss of power. The
    /// framework has no call for that; Windows needs none.
    /// </summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open([.. Encoding.UTF8.GetBytes(path), 0], ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {path} cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            if (Synchronise(descriptor) != 0)
            {
                throw new IOException($"The folder {path} cannot be brought to disk (error {Marshal.GetLastPInvokeError()}).");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronise(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
