using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace JackAutomotive.Contracts;

/// <summary>
/// Signs and reads stream tokens. A stream token is a JSON Web Token (RFC 7519). Only HMAC-SHA256 is accepted, and the type, issuer and
/// audience must match, so that no other token passes as a stream token (RFC 8725).
/// <code>
/// {"typ":"jack-stream+jwt","alg":"HS256"}
/// {"iss":"jack-automotive","aud":"jack-automotive-streams","iat":1795435200,"exp":1795435800,
///  "client_id":"console","name":"Ann","leads":["01890a5d-ac96-774b-bcce-b302099a8057"]}
/// </code>
/// <c>leads</c> names leads, or is <c>["*"]</c> for all leads. A token without <c>leads</c> is invalid.
/// </summary>
public sealed class StreamTokens
{
    /// <summary>The tolerated difference between the clocks of the two services.</summary>
    internal static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    private const string Type = "jack-stream+jwt";
    private const string Issuer = "jack-automotive";
    private const string Audience = "jack-automotive-streams";
    private const string KeyClaim = "client_id";
    private const string LeadsClaim = "leads";
    private const string AllLeads = "*";
    private const int MaxBytes = 8 * 1024;

    private readonly JsonWebTokenHandler _tokens = new() { SetDefaultTimesOnTokenCreation = false, MaximumTokenSizeInBytes = MaxBytes };
    private readonly SigningCredentials? _signing;
    private readonly TokenValidationParameters _rules;
    private readonly TimeProvider _time;

    /// <summary>Creates the service that signs and reads tokens.</summary>
    /// <param name="secrets">
    /// The signing secrets, as UTF-8 text: the first one signs, and each of them verifies. With an empty list no token is valid.
    /// </param>
    /// <param name="time">The clock that decides whether a token has expired.</param>
    public StreamTokens(IReadOnlyList<string> secrets, TimeProvider time)
    {
        var keys = secrets.Select(secret => new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret))).ToArray();
        _time = time;
        _signing = keys.Length == 0 ? null : new SigningCredentials(keys[0], SecurityAlgorithms.HmacSha256);
        _rules = new TokenValidationParameters
        {
            ValidTypes = [Type],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKeys = keys,
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime - ClockSkew,
            LogValidationExceptions = false,
        };
    }

    /// <summary>False if there is no secret, so that no token can be signed or accepted.</summary>
    public bool AreConfigured => _signing is not null;

    /// <summary>Signs a token with the first secret.</summary>
    /// <exception cref="InvalidOperationException">No secret is configured.</exception>
    public string Sign(StreamToken token) => _tokens.CreateToken(new SecurityTokenDescriptor
    {
        TokenType = Type,
        Issuer = Issuer,
        Audience = Audience,
        IssuedAt = _time.GetUtcNow().UtcDateTime,
        Expires = token.ExpiresAt.UtcDateTime,
        Claims = new Dictionary<string, object>
        {
            [KeyClaim] = token.Key,
            [JwtRegisteredClaimNames.Name] = token.Name,
            [LeadsClaim] = token.Leads?.Select(lead => lead.ToString()).ToArray() ?? [AllLeads],
        },
        SigningCredentials = _signing ?? throw new InvalidOperationException("No secret is configured to sign with."),
    });

    /// <summary>
    /// Checks and decodes a token. The verdict does not say why a token is invalid, because the reason would only help an attacker.
    /// </summary>
    /// <param name="text">The encoded token, at most 8 KiB; a longer one is invalid.</param>
    /// <returns>The verdict, and the content of a valid token; null for every other verdict.</returns>
    public async ValueTask<(StreamTokenVerdict Verdict, StreamToken? Token)> ReadAsync(string text)
    {
        var result = AreConfigured ? await _tokens.ValidateTokenAsync(text, _rules) : null;
        return result switch
        {
            { IsValid: true, SecurityToken: JsonWebToken token } when DecodeContent(token) is { } content => (StreamTokenVerdict.Valid, content),
            { Exception: SecurityTokenInvalidLifetimeException } => (StreamTokenVerdict.Expired, null),
            _ => (StreamTokenVerdict.Invalid, null),
        };
    }

    private static StreamToken? DecodeContent(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue(KeyClaim, out string key) || !token.TryGetPayloadValue(JwtRegisteredClaimNames.Name, out string name))
        {
            return null;
        }

        // The library returns one claim for each element of the array.
        var values = token.Claims.Where(claim => claim.Type == LeadsClaim).Select(claim => claim.Value).ToArray();
        var expiresAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero);
        if (values is [AllLeads])
        {
            return new StreamToken(key, name, null, expiresAt);
        }

        var leads = values.Select(text => LeadId.TryParse(text, null, out var lead) ? lead : (LeadId?)null).OfType<LeadId>().ToArray();
        return leads.Length > 0 && leads.Length == values.Length ? new StreamToken(key, name, leads, expiresAt) : null;
    }
}
