using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Converts a verified request to an inbox row, stores the row, and records the result in metrics and the request's span.</summary>
internal sealed class WebhookIntake(DeliveryInbox inbox, WebhookApiMetrics metrics, TimeProvider time)
{
    private static readonly string[] s_storedHeaders = ["Content-Type", "User-Agent", "I-Twilio-Idempotency-Token"];

    /// <summary>Stores the delivery; see <see cref="DeliveryInbox.AcceptAsync"/>.</summary>
    /// <param name="webhook">The verified request.</param>
    /// <param name="identity">The identity of the delivery.</param>
    /// <returns>The result. The provider may be answered 200 if it is <see cref="Acceptances.IsDurable"/>.</returns>
    public async Task<Acceptance> AcceptAsync(VerifiedWebhook webhook, DeliveryIdentity identity)
    {
        var startedAt = time.GetTimestamp();
        var (context, endpoint, body, _) = webhook;
        var requestSpan = Activity.Current; // A separate span would add cost but no information.
        identity = identity.LimitKeyLengths();
        var row = new InboxRow(
            endpoint.Source,
            endpoint.Topic,
            identity.Key,
            identity.OrderingKey,
            body.Bytes,
            identity.HashContent() ?? body.ComputeHash(),
            SerializeHeaders(context.Request),
            time.GetUtcNow(),
            requestSpan);

        var acceptance = await inbox.AcceptAsync(row, body.Raw);

        if (requestSpan is { IsAllDataRequested: true })
        {
            requestSpan.SetTag(WebhookApiTelemetry.Topic, endpoint.Topic);
            requestSpan.SetTag(WebhookApiTelemetry.DeliveryKey, identity.Key);
            requestSpan.SetTag(WebhookApiTelemetry.Outcome, acceptance.ToString());
        }

        metrics.RecordAcceptDuration(endpoint.Topic, acceptance.ToString(), time.GetElapsedTime(startedAt));
        return acceptance;
    }

    private static string SerializeHeaders(HttpRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var name in s_storedHeaders)
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
