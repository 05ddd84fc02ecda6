using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers;

/// <summary>Thousands of changed bodies of all webhooks, most of them signed. None ends in a server error, and none is tried in vain.</summary>
public class FuzzTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const int Requests = 3000;
    private const int Concurrency = 16;

    private static readonly string[] s_values =
    [
        "", " ", "0", "-1", "1e300", "-1e300", "99999999999999999999", "NaN", "null", "true", "\0", "\ud83d", "\ufffd", "😀", "日本語",
        "'", "\"", "\\", "\r\n", "+", "%", "%00", "%ud83d", "&a=b", "<x>", "2026-13-45", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "anonymous", "+1", "SM", "CA1", new string('x', 65), new string('9', 300), new string('é', 3000),
    ];

    private static readonly string[] s_json =
    [
        "null", "true", "0", "-1", "1.5", "1e300", "1e999", "-0", "123456789012345678901234567890", "\"\"", "\" \"", "\"\\ud83d\"", "\"\\udc00x\"",
        "\"\\u0000\"", "[]", "{}", "[null]", "[[[]]]", "{\"\\ud83d\":1}", "\"9999-12-31T23:59:59Z\"", "253402300799", "1793000000000", "\"NaN\"",
        "{\"a\":{\"b\":[1,2]}}", "[1,\"x\",{}]",
    ];

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Changed_bodies_of_every_webhook_are_done_or_parked_at_once_and_never_a_server_error()
    {
        var random = new Random(20261123);
        var templates = Templates();
        var requests = Enumerable.Range(0, Requests).Select(i => Change(templates[i % templates.Count], random)).ToList();

        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = TestContext.Current.CancellationToken },
            async (request, _) =>
            {
                using var answer = await request.SendAsync(Api.Client);
                Assert.True(answer.StatusCode < HttpStatusCode.InternalServerError, $"{answer.StatusCode} to {request.Path} {Show(request)}");
            });
        await DrainAsync();

        Assert.True(await fixture.CountAsync("inbox") > Requests / 2);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state = 'parked' AND coalesce(reason, '') = ''"));

        // Two deliveries may lock each other out, because the changes mix up which calls and conversations belong together. Each other failure
        // would happen again.
        Assert.Empty(await fixture.ListAsync<string>(
            """
            SELECT concat_ws(' ', topic, outcome, delivery_attempts.reason, encode(substr(body, 1, 2000), 'escape'))
            FROM delivery_attempts JOIN inbox ON inbox.id = delivery_id
            WHERE (outcome = 'retried' AND delivery_attempts.reason NOT LIKE '%40P01%' AND delivery_attempts.reason NOT LIKE '%at the same moment%')
                OR parked_as = 'exhausted'
            LIMIT 5
            """));
    }

    private async Task DrainAsync()
    {
        await Wait.UntilAsync(
            async () =>
            {
                if (await Api.DrainAsync() == 0)
                {
                    fixture.Time.Advance(TimeSpan.FromSeconds(10)); // A delivery that was locked out is due again after its back-off.
                }

                return await fixture.CountAsync("inbox WHERE state = 'pending'") == 0;
            },
            "every delivery to be done or parked");
    }

    private List<SignedRequest> Templates()
    {
        var customer = IncomingSmsDriver.NewNumber();
        return
        [
            .. EveryWebhook.CustomerStory(Api, fixture.Time, customer).Where(request => request.Body.Length < 100_000),
            .. EveryWebhook.WithheldNumberStory(Api.Sms, fixture.Time, isFollowed: true),
            .. EveryWebhook.UnreachedCustomerStory(Api.Sms, fixture.Time, IncomingSmsDriver.NewNumber()),
        ];
    }

    private SignedRequest Change(SignedRequest template, Random random)
    {
        if (template.Path.Contains("twilio", StringComparison.Ordinal))
        {
            var fields = ChangeFields(template.Body, random);
            return random.Next(4) == 0 ? Api.Sms.Get(fields, template.Path) : Api.Sms.Fields(fields, template.Path);
        }

        var body = random.Next(12) switch
        {
            0 => template.Body[..random.Next(template.Body.Length)],
            1 => ChangeBytes(template.Body, random),
            _ => Encoding.UTF8.GetBytes(ChangeJson(Encoding.UTF8.GetString(template.Body), random)),
        };
        return InitiationDriver.IsOne(template)
            ? template.WithBody(body)
            : template.WithBody(body).WithHeader(
                PostCallDriver.SignatureHeader,
                PostCallDriver.Sign(
                    fixture.Time.GetUtcNow().ToUnixTimeSeconds().ToString(),
                    body,
                    template.Path.EndsWith("post-call", StringComparison.Ordinal) ? PostCallDriver.Secret : ConversationEventsDriver.Secret));
    }

    private static (string Name, string Value)[] ChangeFields(byte[] body, Random random)
    {
        var fields = Encoding.ASCII.GetString(body).Split('&').Select(field => field.Split('=', 2))
            .Select(parts => (Name: Unescape(parts[0]), Value: Unescape(parts[1]))).ToList();
        for (var changes = random.Next(1, 4); changes > 0 && fields.Count > 0; changes--)
        {
            var i = random.Next(fields.Count);
            switch (random.Next(5))
            {
                case 0:
                    fields.RemoveAt(i);
                    break;
                case 1:
                    fields.Insert(random.Next(fields.Count), fields[i]);
                    break;
                case 2:
                    fields.Add((Sendable(s_values[random.Next(s_values.Length)] + "n"), "1"));
                    break;
                default:
                    fields[i] = (fields[i].Name, Sendable(s_values[random.Next(s_values.Length)]));
                    break;
            }
        }

        return [.. fields];
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    // Half a surrogate pair has no UTF-8 encoding.
    private static string Sendable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static byte[] ChangeBytes(byte[] body, Random random)
    {
        byte[] changed = [.. body];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }

        return changed;
    }

    // Replaces values in the text, so that numbers and escapes arrive as they are written here.
    private static string ChangeJson(string json, Random random)
    {
        var root = JsonNode.Parse(json)!;
        var marks = new Dictionary<string, string>();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var parent = root.AsObject();
            var names = parent.Select(field => field.Key).ToList();
            while (names.Count > 0)
            {
                var name = names[random.Next(names.Count)];
                if (parent[name] is JsonObject { Count: > 0 } child && random.Next(5) > 0)
                {
                    (parent, names) = (child, [.. child.Select(field => field.Key)]);
                    continue;
                }

                if (random.Next(5) == 0)
                {
                    parent.Remove(name);
                    break;
                }

                var mark = $"@{marks.Count}@";
                marks[$"\"{mark}\""] = random.Next(3) == 0
                    ? JsonSerializer.Serialize(Sendable(s_values[random.Next(s_values.Length)]))
                    : s_json[random.Next(s_json.Length)];
                parent[name] = parent[name] is JsonArray { Count: > 0 } array && random.Next(2) == 0
                    ? new JsonArray(mark, array[0]!.DeepClone())
                    : mark;
                break;
            }
        }

        return marks.Aggregate(root.ToJsonString(), (text, mark) => text.Replace(mark.Key, mark.Value, StringComparison.Ordinal));
    }

    private static string Show(SignedRequest request) => Encoding.UTF8.GetString(request.Body);
}
