using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace JackAutomotive.Tests.Architecture;

/// <summary>
/// The stand-ins under compat/ show what their api.txt says and nothing else, and nobody but the swap knows of them.
/// After a change that is meant, <c>JACK_WRITE_API=1 ./test.sh</c> (or a run of this class alone) writes the api.txt files anew.
/// </summary>
public sealed partial class CompatSurfaceTests
{
    /// <summary>The swap, the documents that tell of it, the scripts that choose, and this test.</summary>
    private static readonly string[] s_mayMentionCompat =
    [
        "compat/", "docs/", "eng/", "README.md", "CONTRIBUTING.md", ".editorconfig", "run.sh", "test.sh", "JackAutomotive.sln",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        "JackAutomotive.AppHost/JackAutomotive.AppHost.csproj",
        "JackAutomotive.Tests/Architecture/CompatSurfaceTests.cs",
    ];

    public static TheoryData<string> StandIns =>
        [.. Checkout.Files().Where(IsStandIn).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(StandIns))]
    public void A_stand_in_shows_what_its_api_txt_says_and_no_more(string name)
    {
        var assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
        if (assembly.GetName().Version?.Major > 1)
        {
            // Built with -p:UseCompat=false: this is the real package, which shows much more. Stand-ins have the default version.
            return;
        }

        var file = Path.Combine(Checkout.Root, "compat", name, "api.txt");
        var actual = PublicSurface.Of(assembly);
        if (Environment.GetEnvironmentVariable("JACK_WRITE_API") == "1")
        {
            File.WriteAllLines(file, actual);
        }

        var expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        Assert.True(
            expected.SequenceEqual(actual),
            $"compat/{name}/api.txt differs (JACK_WRITE_API=1 writes it anew):\n{Difference(expected, actual)}");
    }

    [Theory]
    [MemberData(nameof(StandIns))]
    public void A_stand_in_has_a_package_that_it_stands_in_for(string name)
    {
        var versions = XDocument.Parse(Checkout.Read("Directory.Packages.props")).Descendants("PackageVersion");

        Assert.Contains(name, versions.Select(version => version.Attribute("Include")?.Value));
    }

    [Fact]
    public void Nobody_but_the_swap_knows_of_the_stand_ins()
    {
        var others = Checkout.Files().Where(file => !s_mayMentionCompat.Any(allowed => file.StartsWith(allowed, StringComparison.Ordinal)));

        Assert.DoesNotContain(others, file => IsText(file) && Mention().IsMatch(Checkout.Read(file)));
    }

    /// <summary>A project in a folder of its own name that is a library; programs that a stand-in starts are no stand-ins.</summary>
    private static bool IsStandIn(string file) =>
        Project().Match(file) is { Success: true } match
        && match.Groups["folder"].Value == match.Groups["name"].Value
        && !Checkout.Read(file).Contains("<OutputType>Exe</OutputType>", StringComparison.Ordinal);

    private static bool IsText(string file) =>
        Path.GetExtension(file)
            is ".cs" or ".csproj" or ".props" or ".targets" or ".json" or ".md" or ".sh" or ".sql" or ".yml" or ".http" or "";

    private static string Difference(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var (before, after) = (Qualified(expected), Qualified(actual));
        var lines = before.Except(after).Select(line => $"- {line}").Concat(after.Except(before).Select(line => $"+ {line}")).ToList();
        return lines.Count == 0 ? "(only the order)" : string.Join('\n', lines);
    }

    /// <summary>Members with their type's line before them, so that each line of a difference says where it belongs.</summary>
    private static List<string> Qualified(IEnumerable<string> lines)
    {
        var type = "";
        return [.. lines.Select(line => line.StartsWith(' ') ? $"{type.Split(" : ")[0]} · {line.Trim()}" : type = line)];
    }

    [GeneratedRegex("^compat/(?<folder>[^/]+)/(?<name>[^/]+)\\.csproj$")]
    private static partial Regex Project();

    [GeneratedRegex("\\bcompat\\b|UseCompat|CompatProject", RegexOptions.IgnoreCase)]
    private static partial Regex Mention();
}
