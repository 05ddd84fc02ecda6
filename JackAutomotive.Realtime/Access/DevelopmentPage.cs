using JackAutomotive.Contracts;
using Npgsql;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// <c>GET /watch</c>: a page that shows the newest lead's stream. The route exists only in the development environment and only for the
/// host names of the local machine. It signs its own token, so the developer types no key.
/// </summary>
internal static class DevelopmentPage
{
    private const string ViewerName = "development page";
    private const string NewestLeadSql = "SELECT id FROM leads ORDER BY id DESC LIMIT 1";

    // The page reloads when the stream ends, and while there is no lead yet.
    private const string Page = """
        <!doctype html><meta charset="utf-8"><title>Live</title><pre id="text"></pre><script>
        const text = document.getElementById("text"), address = "{0}";
        const show = line => { text.append(line); scrollTo(0, document.body.scrollHeight); };
        const watch = async () => {
          const reader = (await fetch(address)).body.pipeThrough(new TextDecoderStream()).getReader();
          for (let part; !(part = await reader.read()).done;) show(part.value);
        };
        show(address ? "" : "There is no lead yet: have provider-simulator send a text.");
        (address ? watch() : Promise.resolve()).catch(show).finally(() => setTimeout(() => location.reload(), 2000));
        </script>
        """;

    public static void MapDevelopmentPage(this WebApplication app)
    {
        if (app.Environment.IsDevelopment() && app.Services.GetRequiredService<StreamTokens>().AreConfigured)
        {
            // Only local host names: DNS rebinding can make a foreign name resolve to this machine, and a foreign page could read the token.
            app.MapGet("/watch", Handle).RequireHost("localhost", "127.0.0.1");
        }
    }

    private static async Task<IResult> Handle(NpgsqlDataSource database, StreamTokens tokens, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(NewestLeadSql);
        var address = await command.ExecuteScalarAsync(cancellationToken) is Guid lead
            ? $"/api/stream/conversation/{lead}?lastEventId=0&access_token={SignToken(new LeadId(lead), tokens, time)}"
            : "";
        return TypedResults.Content(Page.Replace("{0}", address, StringComparison.Ordinal), "text/html");
    }

    private static string SignToken(LeadId lead, StreamTokens tokens, TimeProvider time) =>
        tokens.Sign(new StreamToken(ViewerName, ViewerName, [lead], time.GetUtcNow() + StreamToken.MaxLifetime));
}
