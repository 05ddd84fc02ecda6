using System.Reflection;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.Tests.Drivers;

/// <summary>One story that goes through every webhook there is. A new topic has to be told of here.</summary>
internal static class EveryWebhook
{
    /// <summary>Each topic of the program.</summary>
    public static IReadOnlyList<string> Topics { get; } =
    [
        .. typeof(Topics).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    /// <summary>
    /// Texts with their statuses, and a telephone call: asked about, followed while it is held, with its recording and its transcript
    /// in two analyses and its audio, short and long; and a call that did not come about.
    /// </summary>
    public static IReadOnlyList<SignedRequest> Story(WebhookApiInstance api, TimeProvider time, string customer)
    {
        var (callSid, conversation, sentSid) = (VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation(), IncomingSmsDriver.NewSid());
        var status = new SmsStatusDriver(api.Sms);
        var voice = new VoiceStatusDriver(api.Sms);
        var recording = new RecordingDriver(api.Sms);
        var recordingSid = RecordingDriver.NewSid();
        var live = new ConversationEventsDriver(time, conversation);
        return
        [
            api.Sms.Text("Hello", customer),
            api.Sms.Picture(customer, ("https://api.example.com/1", "image/jpeg")),
            status.Status(sentSid, "sent", customer),
            status.Status(sentSid, "delivered", customer),
            InitiationDriver.Ask(customer, callSid, conversation),
            .. voice.Answered(callSid, customer),
            live.Started(customer, callSid),
            live.User("Is it still there?", 1, 1),
            live.Agent("Yes, and we", 2, 2),
            live.Correction("Yes, and we", "Yes.", 2, 3),
            live.Event("interruption", 3, 2),
            live.Ended(9),
            recording.Status(recordingSid, callSid, "in-progress"),
            recording.Status(recordingSid, callSid, "completed"),
            api.PostCall.Request(Call(conversation, customer, callSid, 1_793_000_000)),
            api.PostCall.Request(Call(conversation, customer, callSid, 1_793_000_060)),
            api.PostCall.Request(PostCallDriver.Audio(conversation, new byte[3000])),
            api.PostCall.Request(PostCallDriver.Audio(conversation, new byte[3_000_000], 1_793_000_070)),
            api.PostCall.Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "sip", new JsonObject
            {
                ["to_number"] = customer, ["from_number"] = IncomingSmsDriver.OurNumber, ["sip_status_code"] = 486,
            })),
            // Somebody who withholds the number, and is a lead of their own.
            api.PostCall.Request(Call(PostCallDriver.NewConversation(), "anonymous", VoiceStatusDriver.NewSid(), 1_793_000_000)),
        ];
    }

    private static JsonObject Call(string conversation, string customer, string callSid, long at)
    {
        var call = PostCallDriver.Transcription(conversation, customer, at);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = callSid;
        return call;
    }
}
