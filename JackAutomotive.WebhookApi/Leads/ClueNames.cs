namespace JackAutomotive.WebhookApi.Leads;

/// <summary>The names of the clues that identify a lead, in the order of their weight, as they are stored and shown.</summary>
internal static class ClueNames
{
    public const string LeadId = "lead id";
    public const string Conversation = "conversation";

    /// <summary>The telephone call, or another leg of it.</summary>
    public const string Call = "call";

    /// <summary>The phone number that the provider states for the call.</summary>
    public const string Phone = "phone";

    /// <summary>An address without a phone number that the provider states for the call.</summary>
    public const string Address = "address";

    public const string UserId = "user id";
    public const string CallerId = "caller id";
    public const string Sms = "sms";
    public const string WhatsApp = "whatsapp";

    /// <summary>The number that the caller named in the conversation: the last and weakest clue.</summary>
    public const string Said = "said";

    /// <summary>No clue identified the lead, so the lead is new and without an address.</summary>
    public const string None = "new";
}
