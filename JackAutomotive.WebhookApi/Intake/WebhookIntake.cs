using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Turns a verified request into an inbox row, and reports what became of the row.</summary>
internal sealed class WebhookIntake(DeliveryInbox inbox, WebhookApiMetrics metrics, TimeProvider time)
{
    private static readonly string[] s_keptHeaders = ["Content-Type", "User-Agent", "I-Twilio-Idempotency-Token"];

    /// <summary>Stores the delivery; see <see cref="DeliveryInbox.AcceptAsync"/>. The provider may be answered 200 once this returns.</summary>
    /// <param name="webhook">The verified request.</param>
    /// <param name="identity">Which event the request delivers.</param>
    public async Task<Acceptance> AcceptAsync(VerifiedWebhook webhook, DeliveryIdentity identity)
    {
        var began = time.GetTimestamp();
        var (context, endpoint, body, _) = webhook;
        var request = Activity.Current; // The request's own span. A span of our own would say the same and cost as much.
        identity = identity.Bounded();
        var row = new InboxRow(
            endpoint.Source,
            endpoint.Topic,
            identity.Key,
            identity.OrderingKey,
            body.Bytes,
            body.Hash(),
            ReadHeaders(context.Request),
            time.GetUtcNow(),
            request);

        var acceptance = await inbox.AcceptAsync(row, body.Raw);

        if (request is { IsAllDataRequested: true })
        {
            request.SetTag(WebhookApiTelemetry.Topic, endpoint.Topic);
            request.SetTag(WebhookApiTelemetry.DeliveryKey, identity.Key);
            request.SetTag(WebhookApiTelemetry.Outcome, acceptance.ToString());
        }

        metrics.Acknowledged(endpoint.Topic, acceptance, time.GetElapsedTime(began));
        return acceptance;
    }

    private static string ReadHeaders(HttpRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var name in s_keptHeaders)
            {
                if (request.Headers.TryGetValue(name, out var value))
                {
                    json.WriteString(name, PlainText.Clean(value.ToString()));
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
