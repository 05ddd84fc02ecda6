using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace JackAutomotive.Contract;

/// <summary>
/// Makes and reads stream tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256, whatever their header says, and told apart
/// from all others by type, issuer and audience (RFC 8725).
/// <code>
/// {"typ":"jack-stream+jwt","alg":"HS256"}
/// {"iss":"jack-automotive","aud":"jack-automotive-streams","iat":1795435200,"exp":1795435800,
///  "client_id":"console","name":"Ann","leads":["01890a5d-ac96-774b-bcce-b302099a8057"]}
/// </code>
/// Leads are named, or <c>["*"]</c>: a token that says nothing of leads is none.
/// </summary>
internal sealed class StreamTokens
{
    /// <summary>How far the clocks of the two services may differ.</summary>
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

    public StreamTokens(IOptions<StreamTokenOptions> options, TimeProvider time)
    {
        var keys = options.Value.Secrets.Select(secret => new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret))).ToArray();
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

    /// <summary>False: there is no secret, so no token can be made or believed.</summary>
    public bool AreConfigured => _signing is not null;

    /// <summary>Makes a token, with the first of the secrets.</summary>
    /// <exception cref="InvalidOperationException">There is no secret.</exception>
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
        SigningCredentials = _signing ?? throw new InvalidOperationException($"The setting {StreamTokenOptions.Setting} is missing."),
    });

    /// <summary>Reads a token. What is wrong with a bad one is not told apart further: it would help only whoever tries.</summary>
    public async ValueTask<(StreamTokenVerdict Verdict, StreamToken? Token)> ReadAsync(string text)
    {
        var result = AreConfigured ? await _tokens.ValidateTokenAsync(text, _rules) : null;
        return result switch
        {
            { IsValid: true, SecurityToken: JsonWebToken token } when Content(token) is { } content => (StreamTokenVerdict.Valid, content),
            { Exception: SecurityTokenInvalidLifetimeException } => (StreamTokenVerdict.Expired, null),
            _ => (StreamTokenVerdict.Invalid, null),
        };
    }

    private static StreamToken? Content(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue(KeyClaim, out string key) || !token.TryGetPayloadValue(JwtRegisteredClaimNames.Name, out string name))
        {
            return null;
        }

        // One claim for each of the array.
        var named = token.Claims.Where(claim => claim.Type == LeadsClaim).Select(claim => claim.Value).ToArray();
        var expiresAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero);
        if (named is [AllLeads])
        {
            return new StreamToken(key, name, null, expiresAt);
        }

        var leads = named.Select(text => LeadId.TryParse(text, null, out var lead) ? lead : (LeadId?)null).OfType<LeadId>().ToArray();
        return leads.Length > 0 && leads.Length == named.Length ? new StreamToken(key, name, leads, expiresAt) : null;
    }
}
