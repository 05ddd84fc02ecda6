using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>Options of the consent ledger.</summary>
internal sealed class ConsentOptions
{
    public const string SectionName = "Consent";

    /// <summary>
    /// What an opt-out covers: <c>all</c> automated contact, or only the way on which it was said (<c>channel</c>): texts or calls.
    /// </summary>
    [RegularExpression("all|channel")]
    public string OptOutScope { get; set; } = "all";

    /// <summary>Returns the scope of an opt-out that was said in a call or in a text.</summary>
    public string ScopeOf(bool isCall) => OptOutScope == "all" ? ConsentScopes.All : isCall ? ConsentScopes.Call : ConsentScopes.Text;
}

[OptionsValidator]
internal sealed partial class ValidateConsentOptions : IValidateOptions<ConsentOptions>;
