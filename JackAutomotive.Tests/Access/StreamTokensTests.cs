using System.Text;
using JackAutomotive.Contracts;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace JackAutomotive.Tests.Access;

/// <summary>Which texts <see cref="StreamTokens"/> accepts as stream tokens.</summary>
public sealed class StreamTokensTests
{
    private const string Secret = "the-secret-that-both-services-know";
    private const string OtherSecret = "a-secret-that-somebody-else-made-up";

    private static readonly LeadId s_lead = LeadId.New(TimeProvider.System);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private DateTimeOffset InTenMinutes => _time.GetUtcNow().AddMinutes(10);

    [Theory]
    [InlineData("Ann", 0)]
    [InlineData("Zoë \"Ж\" 🚗\\", 1)]
    [InlineData("*", 50)]
    public async Task A_signed_token_is_read_back_unchanged(string name, int leads)
    {
        var named = leads == 0 ? null : Enumerable.Range(0, leads).Select(_ => LeadId.New(_time)).ToArray();
        var tokens = CreateTokens(Secret);

        var (verdict, read) = await tokens.ReadAsync(tokens.Sign(new StreamToken("console", name, named, InTenMinutes)));

        Assert.Equal(StreamTokenVerdict.Valid, verdict);
        Assert.Equal(("console", name, InTenMinutes), (read!.Key, read.Name, read.ExpiresAt));
        Assert.Equal(named, read.Leads);
    }

    [Fact]
    public async Task The_first_secret_signs_and_every_secret_verifies()
    {
        var old = CreateTokens(OtherSecret).Sign(TokenForAllLeads());
        var rotated = CreateTokens($"{Secret}", OtherSecret);

        Assert.Equal(StreamTokenVerdict.Valid, await VerdictAsync(rotated, old));
        Assert.Equal(StreamTokenVerdict.Valid, await VerdictAsync(CreateTokens(Secret), rotated.Sign(TokenForAllLeads())));
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(CreateTokens(OtherSecret), rotated.Sign(TokenForAllLeads())));
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(CreateTokens(Secret), old));
    }

    [Fact]
    public async Task A_token_expires_after_its_lifetime_plus_the_clock_skew()
    {
        var tokens = CreateTokens(Secret);
        var token = tokens.Sign(TokenForAllLeads());

        _time.Advance(TimeSpan.FromMinutes(10) + StreamTokens.ClockSkew - TimeSpan.FromMilliseconds(1));
        Assert.Equal(StreamTokenVerdict.Valid, await VerdictAsync(tokens, token));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(StreamTokenVerdict.Expired, await VerdictAsync(tokens, token));
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(CreateTokens(OtherSecret), token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("undefined")]
    [InlineData("eyJ.eyJ.x")]
    [InlineData("..")]
    public async Task A_text_that_is_not_a_token_is_invalid(string text)
    {
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(CreateTokens(Secret), text));
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(CreateTokens(Secret), text + new string('x', 300_000)));
    }

    [Fact]
    public async Task Without_a_secret_no_token_is_accepted_or_signed()
    {
        var tokens = CreateTokens();

        Assert.False(tokens.AreConfigured);
        Assert.Equal(StreamTokenVerdict.Invalid, await VerdictAsync(tokens, CreateTokens(Secret).Sign(TokenForAllLeads())));
        Assert.Throws<InvalidOperationException>(() => tokens.Sign(TokenForAllLeads()));
    }

    /// <summary>Each token has one fault. The token without a fault is valid, so the fault alone makes the others invalid.</summary>
    [Theory]
    [InlineData("nothing", true)]
    [InlineData("type")]
    [InlineData("algorithm")]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("no expiry")]
    [InlineData("no name")]
    [InlineData("no key")]
    [InlineData("no leads")]
    [InlineData("empty leads")]
    [InlineData("leads that are none")]
    [InlineData("all leads and one")]
    [InlineData("not signed")]
    [InlineData("changed")]
    public async Task A_token_with_a_single_fault_is_invalid(string fault, bool isValid = false)
    {
        var claims = new Dictionary<string, object> { ["client_id"] = "console", ["name"] = "Ann", ["leads"] = new[] { s_lead.ToString() } };
        string[]? leads = fault switch
        {
            "empty leads" => [],
            "leads that are none" => [s_lead.ToString(), "*"],
            "all leads and one" => ["*", "*"],
            _ => null,
        };
        claims["leads"] = leads ?? claims["leads"];
        claims.Remove(fault switch { "no name" => "name", "no key" => "client_id", "no leads" => "leads", _ => "" });
        var algorithm = fault == "algorithm" ? SecurityAlgorithms.HmacSha512 : SecurityAlgorithms.HmacSha256;
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secret + Secret));
        var text = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = fault == "type" ? "JWT" : "jack-stream+jwt",
            Issuer = fault == "issuer" ? "somebody" : "jack-automotive",
            Audience = fault == "audience" ? "somebody" : "jack-automotive-streams",
            Expires = fault == "no expiry" ? null : InTenMinutes.UtcDateTime,
            Claims = claims,
            SigningCredentials = fault == "not signed" ? null : new SigningCredentials(key, algorithm),
        });
        var parts = text.Split('.');
        if (fault == "changed")
        {
            var body = Base64UrlEncoder.Decode(parts[1]).Replace("Ann", "Bob", StringComparison.Ordinal);
            text = $"{parts[0]}.{Base64UrlEncoder.Encode(body)}.{parts[2]}";
        }

        var verdict = await VerdictAsync(CreateTokens(Secret + Secret), text);

        Assert.Equal(isValid, verdict == StreamTokenVerdict.Valid);
    }

    private static async Task<StreamTokenVerdict> VerdictAsync(StreamTokens tokens, string text) => (await tokens.ReadAsync(text)).Verdict;

    private StreamTokens CreateTokens(params string[] secrets) => new(secrets, _time);

    private StreamToken TokenForAllLeads() => new("console", "Ann", null, InTenMinutes);
}
