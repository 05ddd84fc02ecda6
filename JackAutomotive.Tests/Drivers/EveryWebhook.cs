using System.Reflection;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Stories of deliveries that together use every webhook. A new topic needs a delivery here.</summary>
internal static class EveryWebhook
{
    /// <summary>Every topic of the program.</summary>
    public static IReadOnlyList<string> Topics { get; } =
    [
        .. typeof(Topics).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    /// <inheritdoc cref="CustomerStory(IncomingSmsDriver, TimeProvider, string)"/>
    public static IReadOnlyList<SignedRequest> CustomerStory(WebhookApiInstance api, TimeProvider time, string customer) =>
        CustomerStory(api.Sms, time, customer);

    /// <summary>
    /// Texts with their statuses, one of them by WhatsApp, and one from a name; a telephone call with its initiation, its live events, its
    /// recording, two analyses of its transcript, short and long audio, and a recorded leg to a colleague; and a call that failed to connect.
    /// </summary>
    public static IReadOnlyList<SignedRequest> CustomerStory(IncomingSmsDriver sms, TimeProvider time, string customer)
    {
        var (callSid, conversation, sentSid) = (VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation(), IncomingSmsDriver.NewSid());
        var status = new SmsStatusDriver(sms);
        var voice = new VoiceStatusDriver(sms);
        var recording = new RecordingDriver(sms);
        var colleague = IncomingSmsDriver.NewNumber();
        var (recordingSid, leg) = (RecordingDriver.NewSid(), VoiceStatusDriver.NewSid());
        var conferenceSid = $"CF{Guid.NewGuid():N}";
        var live = new ConversationEventsDriver(time, conversation);
        var postCall = new PostCallDriver(time);
        return
        [
            sms.Text("Hello", customer),
            sms.Text("Hello by WhatsApp", $"whatsapp:{customer}"),
            sms.Text("A sale", $"ACME {sentSid[^6..]}"),
            sms.Picture(customer, ("https://api.example.com/1", "image/jpeg")),
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
            voice.Joined(callSid, conferenceSid),
            recording.OfConference(RecordingDriver.NewSid(), conferenceSid),
            recording.Status(RecordingDriver.NewSid(), leg, "completed"),
            voice.Progress(leg, colleague, "ringing", 1, "outbound-dial", ("ParentCallSid", callSid)),
            voice.Progress(leg, colleague, "completed", 3, "outbound-dial", ("ParentCallSid", callSid)),
            postCall.Request(Call(conversation, customer, callSid, 1_793_000_000)),
            postCall.Request(Call(conversation, customer, callSid, 1_793_000_060)),
            postCall.Request(PostCallDriver.Audio(conversation, new byte[3000])),
            postCall.Request(PostCallDriver.Audio(conversation, new byte[1_000_000], 1_793_000_070)),
            postCall.Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "sip", new JsonObject
            {
                ["to_number"] = customer, ["from_number"] = IncomingSmsDriver.OurNumber, ["sip_status_code"] = 486,
            })),
            // A caller who withholds the number and becomes a separate lead.
            postCall.Request(Call(PostCallDriver.NewConversation(), "anonymous", VoiceStatusDriver.NewSid(), 1_793_000_000)),
        ];
    }

    /// <summary>
    /// A call from a withheld number. Everything waits until the transcript assigns the call to a lead. With
    /// <paramref name="isFollowed"/> there are also live events, without an end.
    /// </summary>
    public static IReadOnlyList<SignedRequest> WithheldNumberStory(IncomingSmsDriver sms, TimeProvider time, bool isFollowed)
    {
        const string Anonymous = "+266696687";
        var (callSid, conversation) = (VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation());
        var live = new ConversationEventsDriver(time, conversation);
        var postCall = new PostCallDriver(time);
        return
        [
            InitiationDriver.Ask(Anonymous, callSid, conversation),
            .. new VoiceStatusDriver(sms).Answered(callSid, Anonymous),
            new VoiceStatusDriver(sms).Detected(callSid, "human"),
            .. isFollowed ? [live.Started(null, callSid), live.Agent("Hello.", 1, 1), live.Event("silence_detected", 5, null, ("seconds", 4))]
                : Array.Empty<SignedRequest>(),
            new RecordingDriver(sms).Status(RecordingDriver.NewSid(), callSid, "completed"),
            postCall.Request(PostCallDriver.Audio(conversation, new byte[100])),
            postCall.Request(Call(conversation, "anonymous", callSid, 1_793_000_000)),
            postCall.Request(Call(conversation, "anonymous", callSid, 1_793_000_060)),
        ];
    }

    /// <summary>A call to a customer that failed to connect, as Twilio and ElevenLabs report it, and a text that was not delivered. The customer is angry.</summary>
    public static IReadOnlyList<SignedRequest> UnreachedCustomerStory(IncomingSmsDriver sms, TimeProvider time, string customer)
    {
        const string Outbound = "outbound-api";
        var (callSid, sentSid) = (VoiceStatusDriver.NewSid(), IncomingSmsDriver.NewSid());
        var voice = new VoiceStatusDriver(sms);
        var status = new SmsStatusDriver(sms);
        return
        [
            voice.Progress(callSid, customer, "initiated", 0, Outbound),
            voice.Progress(callSid, customer, "ringing", 1, Outbound),
            voice.Progress(callSid, customer, "busy", 2, Outbound, ("SipResponseCode", "486")),
            new PostCallDriver(time).Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "twilio", new JsonObject
            {
                ["CallSid"] = callSid, ["CallStatus"] = "busy", ["SequenceNumber"] = "2", ["SipResponseCode"] = "486",
                ["From"] = IncomingSmsDriver.OurNumber, ["To"] = customer, ["Direction"] = Outbound,
                ["Timestamp"] = VoiceStatusDriver.Began.AddSeconds(20).ToString("r"),
            })),
            status.Status(sentSid, "queued", customer),
            status.Status(sentSid, "sent", customer),
            status.Status(sentSid, "undelivered", customer),
            status.Status(sentSid, "undelivered", customer, 30003),
            sms.Text("This is a scam, worst dealership ever. Stop texting me!", customer),
        ];
    }

    private static JsonObject Call(string conversation, string customer, string callSid, long at)
    {
        var call = PostCallDriver.Transcription(conversation, customer, at);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = callSid;
        call["data"]!["analysis"]!["data_collection_results"] = PostCallDriver.Collected(
            ("name", "Maria Lopez"), ("monthly_income", "$3,200"), ("employer", "Acme Hardware"), ("trade_in", "a 2014 Ford Fusion"),
            ("monthly_payment_budget", "no idea"));
        call["data"]!["transcript"] = new JsonArray(
            PostCallDriver.Turn("agent", "Hello, this is Jack.", 0),
            PostCallDriver.Turn("user", "Hi. Is the blue one still there?", 2.5),
            PostCallDriver.Turn("agent", "It is. When can I call you with the price?", 6),
            PostCallDriver.Turn("user", "Call me tomorrow at five.", 9));
        return call;
    }
}
