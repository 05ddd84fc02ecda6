using System.Globalization;
using System.Text.RegularExpressions;
using JackAutomotive.ProviderSimulator.Apis;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>The downloads of Twilio's API: recordings of calls, and the pictures that customers send.</summary>
internal static partial class Media
{
    // One white pixel.
    private const string PictureInBase64 =
        "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
        + "wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=";

    private static readonly byte[] s_picture = Convert.FromBase64String(PictureInBase64);

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Recordings.json</summary>
    internal static IResult Recordings(HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio)
    {
        var call = request.Query["CallSid"];
        return TwilioPage.Create(
            request, "recordings", account.Recordings.Newest(recording => call.Count == 0 || recording.CallSid == call),
            recording => recording.Sid, recording => recording.Answer(twilio.Value.AccountSid));
    }

    /// <summary>
    /// GET /2010-04-01/Accounts/{accountSid}/Recordings/{file}: the recording as <c>.json</c>, <c>.wav</c> or <c>.mp3</c>, without an
    /// extension as WAV. The sound exists when the recording is completed.
    /// </summary>
    internal static IResult Recording(string file, HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio)
    {
        var (sid, extension) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file));
        return (account.Recordings.Find(sid), extension) switch
        {
            ({ } recording, ".json") => TypedResults.Json(recording.Answer(twilio.Value.AccountSid), TwilioJson.Options),
            ({ DurationSeconds: { } seconds }, ".mp3") => TypedResults.Bytes(Sounds.Mp3(seconds), "audio/mpeg"),
            ({ DurationSeconds: { } seconds }, ".wav" or "") => TypedResults.Bytes(Sounds.Wav(seconds, ReadChannels(request)), "audio/x-wav"),
            _ => TwilioErrors.NotFound(request),
        };
    }

    /// <summary>
    /// GET /2010-04-01/Accounts/{accountSid}/Messages/{message}/Media/{media}: redirects to the storage, which needs no credentials.
    /// </summary>
    internal static IResult Picture(string message, string media, HttpRequest request) => Sid().IsMatch(message) && Sid().IsMatch(media)
        ? TypedResults.Redirect($"/media/{media}.jpg", preserveMethod: true)
        : TwilioErrors.NotFound(request);

    /// <summary>GET /media/{media}.jpg: every picture is the same.</summary>
    internal static IResult Storage(string media, HttpRequest request) =>
        Sid().IsMatch(media) ? TypedResults.Bytes(s_picture, "image/jpeg") : TwilioErrors.NotFound(request);

    private static int ReadChannels(HttpRequest request) =>
        int.TryParse(request.Query["RequestedChannels"], NumberStyles.None, CultureInfo.InvariantCulture, out var channels)
            ? Math.Clamp(channels, 1, 2)
            : 1;

    [GeneratedRegex("^(MM|SM|ME)[0-9a-f]{32}$")]
    private static partial Regex Sid();
}
