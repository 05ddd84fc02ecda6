using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// One numbered SQL script, for example <c>0001_inbox.sql</c>. A script is never changed after it has been applied to any database.
/// </summary>
/// <param name="Number">The number in the file name. Scripts are applied in the order of their numbers: 1, 2, 3, without gaps.</param>
/// <param name="Name">The file name.</param>
/// <param name="Sql">The statements.</param>
internal sealed record Migration(int Number, string Name, string Sql)
{
    private const string ResourceFolder = ".Database.Migrations.";

    /// <summary>The SHA-256 of the script with line feeds as line endings.</summary>
    public byte[] Checksum { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n")));

    /// <summary>Reads the scripts that are embedded in this program, in order.</summary>
    /// <exception cref="InvalidOperationException">Two scripts have the same number, or a number is missing.</exception>
    public static IReadOnlyList<Migration> ReadEmbedded()
    {
        var assembly = typeof(Migration).Assembly;
        var migrations = assembly.GetManifestResourceNames()
            .Where(name => name.Contains(ResourceFolder, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Number)
            .ToList();

        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Number != i + 1)
            {
                throw new InvalidOperationException(
                    $"Migration scripts must be numbered without gaps: {migrations[i].Name} is script {i + 1}.");
            }
        }

        return migrations;
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        var name = resource[(resource.IndexOf(ResourceFolder, StringComparison.Ordinal) + ResourceFolder.Length)..];
        var digits = name.AsSpan(0, name.IndexOf('_', StringComparison.Ordinal));
        var number = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return new Migration(number, name, reader.ReadToEnd());
    }
}
