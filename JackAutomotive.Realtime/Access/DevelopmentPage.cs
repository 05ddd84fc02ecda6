using JackAutomotive.Contract;
using Npgsql;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// <c>GET /watch</c>, on a developer's machine alone and only under its own name: a page that shows the newest lead's stream. It makes
/// its own token, so there is no key to type.
/// </summary>
internal static class DevelopmentPage
{
    private const string Viewer = "development page";
    private const string NewestSql = "SELECT id FROM leads ORDER BY id DESC LIMIT 1";

    // When the stream ends, or nobody is a lead yet, the page is made anew.
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
            // Not under any other name, which a page from elsewhere could have the browser believe to be this machine's.
            app.MapGet("/watch", Handle).RequireHost("localhost", "127.0.0.1");
        }
    }

    private static async Task<IResult> Handle(NpgsqlDataSource database, StreamTokens tokens, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(NewestSql);
        var address = await command.ExecuteScalarAsync(cancellationToken) is Guid lead
            ? $"/api/stream/conversation/{lead}?lastEventId=0&access_token={TokenFor(new LeadId(lead), tokens, time)}"
            : "";
        return TypedResults.Content(Page.Replace("{0}", address, StringComparison.Ordinal), "text/html");
    }

    private static string TokenFor(LeadId lead, StreamTokens tokens, TimeProvider time) =>
        tokens.Sign(new StreamToken(Viewer, Viewer, [lead], time.GetUtcNow() + StreamToken.MaxLifetime));
}
