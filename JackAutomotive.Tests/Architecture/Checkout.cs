using System.Runtime.CompilerServices;

namespace JackAutomotive.Tests.Architecture;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Checkout
{
    private static readonly string[] s_generatedFolders = [".git", "artifacts", "bin", "obj", "node_modules"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every source file, as a path from the root with forward slashes. The folders of build output and tools are left out.</summary>
    public static IEnumerable<string> Files() =>
        FilesBelow(new DirectoryInfo(Root)).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> FilesBelow(DirectoryInfo folder) =>
        folder.EnumerateFiles().Select(file => file.FullName).Concat(
            folder.EnumerateDirectories().Where(child => !s_generatedFolders.Contains(child.Name)).SelectMany(FilesBelow));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        var folder = Path.GetDirectoryName(thisFile);
        while (!File.Exists(Path.Combine(folder!, "JackAutomotive.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder!;
    }
}
