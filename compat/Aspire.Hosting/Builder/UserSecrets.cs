using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

/// <summary>Values that are made up once and kept for later runs, in the AppHost's user secrets.</summary>
internal sealed class UserSecrets
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };
    private static readonly TimeSpan s_lockTimeout = TimeSpan.FromSeconds(30);

    private readonly string _path;

    private UserSecrets(string id) => _path = PathHelper.GetSecretsPathFromSecretsId(id);

    /// <summary>The secrets of an AppHost; null if its project names none.</summary>
    public static UserSecrets? Of(Assembly? assembly) =>
        assembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId is { Length: > 0 } id ? new UserSecrets(id) : null;

    public void AddTo(ConfigurationManager configuration)
    {
        var source = new ConfigurationBuilder().AddJsonFile(_path, optional: true).Sources[0];
        configuration.Sources.Insert(0, source);
    }

    /// <summary>The value that is kept under a key, which is made up and written first if there is none.</summary>
    /// <remarks>Several AppHosts may start at once: they end up with the same value.</remarks>
    public string GetOrAdd(string key, Func<string> make)
    {
        if (Read()[key]?.GetValue<string>() is { Length: > 0 } known)
        {
            return known;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        using var held = TakeLock();
        var secrets = Read();
        if (secrets[key]?.GetValue<string>() is { Length: > 0 } meanwhile)
        {
            return meanwhile;
        }

        var value = make();
        secrets[key] = value;
        Write(secrets);
        return value;
    }

    private JsonObject Read()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(_path)) as JsonObject ?? [];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"The AppHost's user secrets cannot be read: {_path} is not JSON.", exception);
        }
    }

    // Put in place in one step, so that a reader never sees half a file.
    private void Write(JsonObject secrets)
    {
        var written = $"{_path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(written, secrets.ToJsonString(s_indented));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(written, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Move(written, _path, overwrite: true);
    }

    private FileStream TakeLock()
    {
        var until = DateTime.UtcNow + s_lockTimeout;
        while (true)
        {
            try
            {
                return new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < until)
            {
                Thread.Sleep(20);
            }
        }
    }
}
