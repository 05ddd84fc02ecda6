using System.Text;
using JackAutomotive.Contracts;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Renders the catalogue of events as Markdown.</summary>
internal static class EventsDocument
{
    public static string Write()
    {
        var text = new StringBuilder();
        AppendSection(text, "What happens to a lead", EventKind.Log);
        AppendSection(text, "What passes", EventKind.Passing);
        AppendSection(text, "What is about the stream", EventKind.Stream);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void AppendSection(StringBuilder text, string title, EventKind kind)
    {
        text.Append($"## {title}\n\n");
        foreach (var description in LeadEventCatalogue.All.Where(description => description.Kind == kind))
        {
            text.Append($"### {description.Type}\n\n{description.Meaning}\n\n| field | type | meaning |\n|---|---|---|\n");
            foreach (var field in description.Fields)
            {
                text.Append($"| {field.Name}{(field.Optional ? "?" : "")} | {field.Type} | {field.Meaning} |\n");
            }

            text.Append($"\n```json\n{description.Example}\n```\n\n");
        }
    }
}
