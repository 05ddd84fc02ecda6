using Twilio.Base;
using Twilio.Clients;
using Twilio.Json;
using Twilio.Types;

namespace Twilio.Rest.Api.V2010.Account;

/// <summary>A text message, sent or received.</summary>
public class MessageResource : Resource
{
    private MessageResource(JsonObject json)
    {
        Sid = json.Text("sid");
        AccountSid = json.Text("account_sid");
        MessagingServiceSid = json.Text("messaging_service_sid");
        From = json.Text("from") is { } from ? new PhoneNumber(from) : null;
        To = json.Text("to");
        Body = json.Text("body");
        Status = json.Text("status") is { } status ? new StatusEnum(status) : null;
        Direction = json.Text("direction") is { } direction ? new DirectionEnum(direction) : null;
        NumSegments = json.Text("num_segments");
        NumMedia = json.Text("num_media");
        Price = json.Text("price");
        PriceUnit = json.Text("price_unit");
        ErrorCode = json.Number("error_code");
        ErrorMessage = json.Text("error_message");
        DateCreated = json.Date("date_created");
        DateUpdated = json.Date("date_updated");
        DateSent = json.Date("date_sent");
        Uri = json.Text("uri");
        ApiVersion = json.Text("api_version");
        SubresourceUris = json.Texts("subresource_uris");
    }

    /// <summary>The message's SID: SM… or MM….</summary>
    public string? Sid { get; }

    /// <summary>The account that has it.</summary>
    public string? AccountSid { get; }

    /// <summary>The Messaging Service that sent it; null without one.</summary>
    public string? MessagingServiceSid { get; }

    /// <summary>The sender; null while a Messaging Service has not picked one.</summary>
    public PhoneNumber? From { get; }

    /// <summary>The recipient.</summary>
    public string? To { get; }

    /// <summary>The text.</summary>
    public string? Body { get; }

    /// <summary>How far it has come.</summary>
    public StatusEnum? Status { get; }

    /// <summary>Inbound, or by what it was sent.</summary>
    public DirectionEnum? Direction { get; }

    /// <summary>Number of SMS segments; 0 while a Messaging Service has not sent it.</summary>
    public string? NumSegments { get; }

    /// <summary>Number of media files.</summary>
    public string? NumMedia { get; }

    /// <summary>What it cost, in <see cref="PriceUnit"/>, negative; null until Twilio knows.</summary>
    public string? Price { get; }

    /// <summary>Currency, ISO 4217.</summary>
    public string? PriceUnit { get; }

    /// <summary>Why it failed or was not delivered, see https://www.twilio.com/docs/api/errors; null otherwise.</summary>
    public int? ErrorCode { get; }

    /// <summary>The error code in words.</summary>
    public string? ErrorMessage { get; }

    /// <summary>When it was made, in local time.</summary>
    public DateTime? DateCreated { get; }

    /// <summary>When it last changed, in local time.</summary>
    public DateTime? DateUpdated { get; }

    /// <summary>When it was sent, or received by Twilio, in local time; null until then.</summary>
    public DateTime? DateSent { get; }

    /// <summary>Its path below https://api.twilio.com.</summary>
    public string? Uri { get; }

    /// <summary>The API version that made it.</summary>
    public string? ApiVersion { get; }

    /// <summary>Paths of what belongs to it, by name.</summary>
    public Dictionary<string, string>? SubresourceUris { get; }

    /// <summary>Sends a message. Sending it again sends a second one: the API has no idempotency key.</summary>
    /// <exception cref="Exceptions.ApiException">Twilio refuses it.</exception>
    /// <exception cref="Exceptions.ApiConnectionException">No answer: it may or may not be on its way.</exception>
    public static async Task<MessageResource> CreateAsync(CreateMessageOptions options, ITwilioRestClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = AccountApi.Required(client);
        var request = AccountApi.Request(Http.HttpMethod.Post, options.PathAccountSid ?? client.AccountSid, "Messages");
        request.PostParams.AddRange(options.Parameters());
        var response = await client.RequestAsync(request).ConfigureAwait(false);
        return FromJson(response.Content);
    }

    /// <summary>Looks a message up.</summary>
    public static async Task<MessageResource> FetchAsync(FetchMessageOptions options, ITwilioRestClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = AccountApi.Required(client);
        var account = options.PathAccountSid ?? client.AccountSid;
        var request = AccountApi.Request(Http.HttpMethod.Get, account, $"Messages/{options.PathSid}");
        var response = await client.RequestAsync(request).ConfigureAwait(false);
        return FromJson(response.Content);
    }

    /// <summary>Looks a message up.</summary>
    public static Task<MessageResource> FetchAsync(string pathSid, string? pathAccountSid = null, ITwilioRestClient? client = null) =>
        FetchAsync(new FetchMessageOptions(pathSid) { PathAccountSid = pathAccountSid }, client);

    /// <summary>Reads the first page of a list of messages; enumerating the result reads on.</summary>
    public static async Task<ResourceSet<MessageResource>> ReadAsync(ReadMessageOptions options, ITwilioRestClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = AccountApi.Required(client);
        var request = AccountApi.Request(Http.HttpMethod.Get, options.PathAccountSid ?? client.AccountSid, "Messages");
        request.QueryParams.AddRange(options.Parameters());
        var response = await client.RequestAsync(request).ConfigureAwait(false);
        return new ResourceSet<MessageResource>(
            ReadPage(response.Content),
            options,
            next => ReadPage(client.Request(AccountApi.PageRequest(next)).Content));
    }

    private static MessageResource FromJson(string? json) => JsonObject.Read(json, static message => new MessageResource(message));

    private static Page<MessageResource> ReadPage(string? json) => JsonObject.Read(json, static page =>
        new Page<MessageResource>(page.List("messages", static message => new MessageResource(message)), page.Text("next_page_uri")));

    /// <summary>How far a message has come.</summary>
    public sealed class StatusEnum : StringEnum
    {
        /// <summary>Waiting in the sender's queue.</summary>
        public static readonly StatusEnum Queued = new("queued");

        /// <summary>On its way to the carrier.</summary>
        public static readonly StatusEnum Sending = new("sending");

        /// <summary>Taken by the carrier.</summary>
        public static readonly StatusEnum Sent = new("sent");

        /// <summary>Could not be sent.</summary>
        public static readonly StatusEnum Failed = new("failed");

        /// <summary>Arrived, says the carrier.</summary>
        public static readonly StatusEnum Delivered = new("delivered");

        /// <summary>Did not arrive, says the carrier.</summary>
        public static readonly StatusEnum Undelivered = new("undelivered");

        /// <summary>Inbound, being taken in.</summary>
        public static readonly StatusEnum Receiving = new("receiving");

        /// <summary>Inbound, taken in.</summary>
        public static readonly StatusEnum Received = new("received");

        /// <summary>Taken by a Messaging Service that has not picked a sender.</summary>
        public static readonly StatusEnum Accepted = new("accepted");

        /// <summary>Held until its time to be sent.</summary>
        public static readonly StatusEnum Scheduled = new("scheduled");

        /// <summary>Read by the recipient (channels that tell).</summary>
        public static readonly StatusEnum Read = new("read");

        /// <summary>Arrived in part.</summary>
        public static readonly StatusEnum PartiallyDelivered = new("partially_delivered");

        /// <summary>Called off before it was sent.</summary>
        public static readonly StatusEnum Canceled = new("canceled");

        internal StatusEnum(string value)
            : base(value)
        {
        }

        /// <summary>Lets a string stand for a status.</summary>
        public static implicit operator StatusEnum(string value) => new(value);
    }

    /// <summary>Inbound, or by what a message was sent.</summary>
    public sealed class DirectionEnum : StringEnum
    {
        /// <summary>Received.</summary>
        public static readonly DirectionEnum Inbound = new("inbound");

        /// <summary>Sent through the API.</summary>
        public static readonly DirectionEnum OutboundApi = new("outbound-api");

        /// <summary>Sent during a call.</summary>
        public static readonly DirectionEnum OutboundCall = new("outbound-call");

        /// <summary>Sent by TwiML in reply to a message.</summary>
        public static readonly DirectionEnum OutboundReply = new("outbound-reply");

        internal DirectionEnum(string value)
            : base(value)
        {
        }

        /// <summary>Lets a string stand for a direction.</summary>
        public static implicit operator DirectionEnum(string value) => new(value);
    }
}
