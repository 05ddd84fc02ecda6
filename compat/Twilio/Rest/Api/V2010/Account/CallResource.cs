using Twilio.Base;
using Twilio.Clients;
using Twilio.Json;
using Twilio.Types;

namespace Twilio.Rest.Api.V2010.Account;

/// <summary>A phone call, made or received.</summary>
public class CallResource : Resource
{
    private CallResource(JsonObject json)
    {
        Sid = json.Text("sid");
        ParentCallSid = json.Text("parent_call_sid");
        AccountSid = json.Text("account_sid");
        From = json.Text("from");
        To = json.Text("to");
        Status = json.Text("status") is { } status ? new StatusEnum(status) : null;
        Direction = json.Text("direction");
        AnsweredBy = json.Text("answered_by");
        StartTime = json.Date("start_time");
        EndTime = json.Date("end_time");
        Duration = json.Text("duration");
        Price = json.Text("price");
        PriceUnit = json.Text("price_unit");
        DateCreated = json.Date("date_created");
        DateUpdated = json.Date("date_updated");
        Uri = json.Text("uri");
    }

    /// <summary>The call's SID: CA….</summary>
    public string? Sid { get; }

    /// <summary>The call that this one is a leg of; null for one of its own.</summary>
    public string? ParentCallSid { get; }

    /// <summary>The account that has it.</summary>
    public string? AccountSid { get; }

    /// <summary>The caller.</summary>
    public string? From { get; }

    /// <summary>The called.</summary>
    public string? To { get; }

    /// <summary>How far it has come.</summary>
    public StatusEnum? Status { get; }

    /// <summary>inbound, outbound-api or outbound-dial.</summary>
    public string? Direction { get; }

    /// <summary>human or machine, where that was asked to be found out.</summary>
    public string? AnsweredBy { get; }

    /// <summary>When it was answered, in local time; null until then.</summary>
    public DateTime? StartTime { get; }

    /// <summary>When it ended, in local time; null until then.</summary>
    public DateTime? EndTime { get; }

    /// <summary>Seconds; null until it has ended.</summary>
    public string? Duration { get; }

    /// <summary>What it cost, in <see cref="PriceUnit"/>, negative; null until Twilio knows.</summary>
    public string? Price { get; }

    /// <summary>Currency, ISO 4217.</summary>
    public string? PriceUnit { get; }

    /// <summary>When it was made, in local time.</summary>
    public DateTime? DateCreated { get; }

    /// <summary>When it last changed, in local time.</summary>
    public DateTime? DateUpdated { get; }

    /// <summary>Its path below https://api.twilio.com.</summary>
    public string? Uri { get; }

    /// <summary>Looks a call up.</summary>
    /// <exception cref="Exceptions.ApiException">Twilio answers with an error; status 404 when there is no such call.</exception>
    /// <exception cref="Exceptions.ApiConnectionException">No answer.</exception>
    public static async Task<CallResource> FetchAsync(FetchCallOptions options, ITwilioRestClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = AccountApi.Required(client);
        var account = options.PathAccountSid ?? client.AccountSid;
        var request = AccountApi.Request(Http.HttpMethod.Get, account, $"Calls/{options.PathSid}");
        var response = await client.RequestAsync(request).ConfigureAwait(false);
        return JsonObject.Read(response.Content, static call => new CallResource(call));
    }

    /// <summary>Looks a call up.</summary>
    public static Task<CallResource> FetchAsync(string pathSid, string? pathAccountSid = null, ITwilioRestClient? client = null) =>
        FetchAsync(new FetchCallOptions(pathSid) { PathAccountSid = pathAccountSid }, client);

    /// <summary>How far a call has come.</summary>
    public sealed class StatusEnum : StringEnum
    {
        /// <summary>Waiting to be dialled.</summary>
        public static readonly StatusEnum Queued = new("queued");

        /// <summary>Ringing.</summary>
        public static readonly StatusEnum Ringing = new("ringing");

        /// <summary>Answered.</summary>
        public static readonly StatusEnum InProgress = new("in-progress");

        /// <summary>Answered and ended.</summary>
        public static readonly StatusEnum Completed = new("completed");

        /// <summary>Busy.</summary>
        public static readonly StatusEnum Busy = new("busy");

        /// <summary>Could not be connected.</summary>
        public static readonly StatusEnum Failed = new("failed");

        /// <summary>Not answered.</summary>
        public static readonly StatusEnum NoAnswer = new("no-answer");

        /// <summary>Called off before it was answered.</summary>
        public static readonly StatusEnum Canceled = new("canceled");

        internal StatusEnum(string value)
            : base(value)
        {
        }

        /// <summary>Lets a string stand for a status.</summary>
        public static implicit operator StatusEnum(string value) => new(value);
    }
}
