using System.Text;

namespace Aspire.Hosting;

internal static class CommandLine
{
    /// <summary>
    /// Takes a command line apart: blanks separate, double quotes hold together, a backslash before a quote makes it a
    /// character.
    /// </summary>
    public static IEnumerable<string> Split(string? commandLine)
    {
        var current = new StringBuilder();
        var (quoted, begun) = (false, false);

        for (var i = 0; i < commandLine?.Length; i++)
        {
            var c = commandLine[i];
            if (c == '\\' && i + 1 < commandLine.Length && commandLine[i + 1] == '"')
            {
                current.Append(commandLine[++i]);
                begun = true;
            }
            else if (c == '"')
            {
                (quoted, begun) = (!quoted, true);
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (begun)
                {
                    yield return current.ToString();
                    current.Clear();
                    begun = false;
                }
            }
            else
            {
                current.Append(c);
                begun = true;
            }
        }

        if (begun)
        {
            yield return current.ToString();
        }
    }
}
