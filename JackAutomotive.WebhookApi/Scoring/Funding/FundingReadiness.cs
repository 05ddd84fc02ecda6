using System.Text.Json.Serialization;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Facts;

namespace JackAutomotive.WebhookApi.Scoring.Funding;

/// <summary>Whether a lender could decide.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Readiness>))]
internal enum Readiness
{
    [JsonStringEnumMemberName("Not Ready")]
    NotReady,

    [JsonStringEnumMemberName("Partial")]
    Partial,

    [JsonStringEnumMemberName("Ready")]
    Ready,
}

/// <summary>One item of the checklist.</summary>
/// <param name="Name">The name of a document kind, or income, employment or money_down.</param>
/// <param name="State">How far it has come. A fact is missing or received.</param>
/// <param name="Reason">Why, in one sentence.</param>
/// <param name="Since">When the item came to this state; null if that is not known.</param>
internal sealed record ChecklistItem(string Name, DocumentState State, string Reason, DateTimeOffset? Since)
{
    [JsonIgnore]
    public bool IsThere => State >= DocumentState.Received;
}

/// <summary>
/// The readiness of a lead for funding: a checklist of four documents and three facts. Only staff record a document as received or verified.
/// An action item of the lead makes it promised. No words of a summary count.
/// </summary>
/// <param name="Readiness">The verdict.</param>
/// <param name="Items">The checklist, always with the same items in the same order.</param>
internal sealed record FundingReadiness(Readiness Readiness, IReadOnlyList<ChecklistItem> Items)
{
    /// <summary>The names of the items that are missing or only promised.</summary>
    public IReadOnlyList<string> Missing => [.. Items.Where(item => !item.IsThere).Select(item => item.Name)];

    /// <summary>Whether any item is more than missing.</summary>
    public bool HasBegun => Items.Any(item => item.State != DocumentState.Missing);

    /// <summary>
    /// Ready: every item is there. Partial: at least one document is there, or all three facts are known. Not Ready: anything less.
    /// </summary>
    public static FundingReadiness Of(LeadFacts facts)
    {
        var documents = Enum.GetValues<DocumentKind>().Select(kind => CheckDocument(facts, kind)).ToList();
        ChecklistItem[] known = [CheckIncome(facts), CheckEmployment(facts), CheckMoneyDown(facts)];
        List<ChecklistItem> items = [.. documents, .. known];
        var readiness = true switch
        {
            _ when items.TrueForAll(item => item.IsThere) => Readiness.Ready,
            _ when documents.Exists(item => item.IsThere) || Array.TrueForAll(known, item => item.IsThere) => Readiness.Partial,
            _ => Readiness.NotReady,
        };
        return new FundingReadiness(readiness, items);
    }

    private static ChecklistItem CheckDocument(LeadFacts facts, DocumentKind kind)
    {
        var stored = facts.Documents.GetValueOrDefault(kind);
        var promise = facts.Commitments.LastOrDefault(commitment => !commitment.IsOurs
            && commitment.MadeAt > (stored?.ChangedAt ?? DateTimeOffset.MinValue) && DocumentKinds.FindInWords($"{commitment.Text} {commitment.Words}").Contains(kind));
        return (stored, promise) switch
        {
            ({ State: >= DocumentState.Received }, _) =>
                new ChecklistItem(kind.ToName(), stored.State, $"{stored.Person} recorded it as {stored.State.ToName()}.", stored.ChangedAt),
            (_, not null) => new ChecklistItem(kind.ToName(), DocumentState.Promised, $"The lead agreed: {promise.Text}", promise.MadeAt),
            (not null, _) =>
                new ChecklistItem(kind.ToName(), stored.State, $"{stored.Person} recorded it as {stored.State.ToName()}.", stored.ChangedAt),
            _ => new ChecklistItem(kind.ToName(), DocumentState.Missing, "Nobody has recorded it.", null),
        };
    }

    private static ChecklistItem CheckIncome(LeadFacts facts) => facts.Find<MoneyValue>(ProfileFields.MonthlyIncome) is { Dollars: > 0 } income
        ? Fact("income", FormattableString.Invariant($"The monthly income is ${income.Dollars:#,0}."))
        : Absent("income", "The monthly income is not known.");

    private static ChecklistItem CheckEmployment(LeadFacts facts) =>
        (facts.Find<TextValue>(ProfileFields.Employer), facts.Find<ChoiceValue>(ProfileFields.EmploymentStatus)) switch
        {
            (_, { Choice: "unemployed" }) => Absent("employment", "The lead is unemployed."),
            ({ } employer, _) => Fact("employment", $"The employer is {employer.Text}."),
            (_, { } status) => Fact("employment", $"The employment status is {status.Choice}."),
            _ => Absent("employment", "Neither the employer nor the employment status is known."),
        };

    private static ChecklistItem CheckMoneyDown(LeadFacts facts) =>
        (facts.Find<MoneyValue>(ProfileFields.DownPayment), facts.Find<TradeInValue>(ProfileFields.TradeIn)) switch
        {
            ({ Dollars: > 0 } money, _) => Fact("money_down", FormattableString.Invariant($"The down payment is ${money.Dollars:#,0}.")),
            (_, { Has: true }) => Fact("money_down", "The lead has a vehicle to trade in."),
            _ => Absent("money_down", "Neither a down payment nor a trade-in is known."),
        };

    private static ChecklistItem Fact(string name, string reason) => new(name, DocumentState.Received, reason, null);

    private static ChecklistItem Absent(string name, string reason) => new(name, DocumentState.Missing, reason, null);
}
