extern alias realtime;

using System.Text;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Catalogue;

/// <summary>The catalogue as Markdown.</summary>
internal static class EventsDocument
{
    public static string Write()
    {
        var text = new StringBuilder();
        Section(text, "What happens to a lead", EventKind.Log);
        Section(text, "What passes", EventKind.Passing);
        Section(text, "What is about the stream", EventKind.Stream);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Section(StringBuilder text, string title, EventKind kind)
    {
        text.Append($"## {title}\n\n");
        foreach (var one in LeadEventCatalogue.All.Where(one => one.Kind == kind))
        {
            text.Append($"### {one.Type}\n\n{one.Meaning}\n\n| field | type | meaning |\n|---|---|---|\n");
            foreach (var field in one.Fields)
            {
                text.Append($"| {field.Name}{(field.Optional ? "?" : "")} | {field.Type} | {field.Meaning} |\n");
            }

            text.Append($"\n```json\n{one.Example}\n```\n\n");
        }
    }
}
