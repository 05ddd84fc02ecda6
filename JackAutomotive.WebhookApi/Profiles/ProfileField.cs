using System.Text.Json.Serialization;
using JackAutomotive.WebhookApi.Profiles.Parsing;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>The type of a field's values.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProfileType>))]
internal enum ProfileType
{
    [JsonStringEnumMemberName("text")]
    Text,
    [JsonStringEnumMemberName("money")]
    Money,
    [JsonStringEnumMemberName("duration")]
    Duration,
    [JsonStringEnumMemberName("date")]
    Date,
    [JsonStringEnumMemberName("choice")]
    Choice,
    [JsonStringEnumMemberName("credit_score")]
    CreditScore,
    [JsonStringEnumMemberName("vehicle")]
    Vehicle,
    [JsonStringEnumMemberName("trade_in")]
    TradeIn,
}

/// <summary>A field of a lead's profile.</summary>
/// <param name="Name">The name in our API, in camel case.</param>
/// <param name="Type">The type of the field's values.</param>
/// <param name="Expected">An example of what the parser understands, for error texts.</param>
/// <param name="Parse">Understands the words of a person. The day is the day on which they were said.</param>
/// <param name="ProviderIds">The ids under which a provider may collect the field, without case, spaces and signs.</param>
internal sealed record ProfileField(
    string Name,
    ProfileType Type,
    string Expected,
    Func<string, DateOnly, Parsed> Parse,
    params string[] ProviderIds)
{
    /// <summary>The choices of a field of type <see cref="ProfileType.Choice"/>; empty for other types.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>All fields: the fifteen that the voice agent collects, and the down payment, which only our own extraction finds.</summary>
internal static class ProfileFields
{
    public static readonly ProfileField Name = new(
        "name", ProfileType.Text, "Maria Lopez", (text, _) => PlainTexts.ParseName(text),
        "name", "fullname", "customername", "clientname", "leadname", "callername");

    public static readonly ProfileField Email = new(
        "email", ProfileType.Text, "maria@example.com", (text, _) => PlainTexts.ParseEmail(text), "email", "emailaddress", "mail", "customeremail");

    public static readonly ProfileField Address = new(
        "address", ProfileType.Text, "12 Main Street, Springfield", (text, _) => PlainTexts.ParseWords(text),
        "address", "homeaddress", "streetaddress", "currentaddress", "mailingaddress", "residence", "customeraddress");

    public static readonly ProfileField DateOfBirth = new(
        "dateOfBirth", ProfileType.Date, "May 4th 1988, 05/04/88 or 1988-05-04", BirthDates.Parse,
        "dateofbirth", "dob", "birthdate", "birthday", "birthdaydate", "customerdob");

    public static readonly ProfileField MaritalStatus = Choice(
        "maritalStatus", Choices.MaritalStatus, "maritalstatus", "married", "relationshipstatus", "marriagestatus");

    public static readonly ProfileField Employer = new(
        "employer", ProfileType.Text, "Acme Hardware", (text, _) => PlainTexts.ParseWords(text),
        "employer", "employername", "company", "companyname", "workplace", "placeofwork", "currentemployer");

    public static readonly ProfileField EmployerDuration = new(
        "employerDuration", ProfileType.Duration, "two and a half years or since 2019", Durations.Parse,
        "employerduration", "employmentduration", "timeatjob", "timeonjob", "joblength", "yearsemployed", "lengthofemployment", "jobtime",
        "timeatemployer", "employmentlength", "yearsatjob", "yearsatemployer", "durationatemployer");

    public static readonly ProfileField EmploymentStatus = Choice(
        "employmentStatus", Choices.EmploymentStatus, "employmentstatus", "employmenttype", "jobstatus", "workstatus", "employment");

    public static readonly ProfileField MonthlyIncome = new(
        "monthlyIncome", ProfileType.Money, "$3,200 a month, 3.2k or 38 an hour", (text, _) => Amounts.ParseIncome(text),
        "monthlyincome", "income", "grossincome", "grossmonthlyincome", "incomemonthly", "salary", "monthlygrossincome", "monthlysalary");

    public static readonly ProfileField HousingSituation = Choice(
        "housingSituation", Choices.HousingSituation, "housingsituation", "housing", "housingstatus", "rentorown", "ownorrent",
        "homeownership", "residencetype", "residencestatus", "livingsituation");

    public static readonly ProfileField HousePayment = new(
        "housePayment", ProfileType.Money, "$1,250 a month", (text, _) => Amounts.ParseMonthly(text),
        "housepayment", "rent", "mortgage", "rentpayment", "mortgagepayment", "rentormortgage", "housingpayment", "monthlyrent", "rentamount",
        "monthlyhousingpayment", "monthlyhousepayment", "housingcost");

    public static readonly ProfileField CreditScore = new(
        "creditScore", ProfileType.CreditScore, "620, around 620 or high five hundreds", (text, _) => CreditScores.Parse(text),
        "creditscore", "credit", "creditrating", "creditscorerange", "fico", "ficoscore", "creditsituation");

    public static readonly ProfileField VehicleType = new(
        "vehicleType", ProfileType.Vehicle, "a used pickup or a 2021 Honda CR-V", (text, _) => Vehicles.ParseWanted(text),
        "vehicletype", "vehicle", "vehicleinterest", "vehicleofinterest", "desiredvehicle", "cartype", "vehiclepreference", "preferredvehicle",
        "typeofvehicle", "car", "vehiclewanted");

    public static readonly ProfileField TradeIn = new(
        "tradeIn", ProfileType.TradeIn, "no, or my 2014 Ford Fusion", (text, _) => Vehicles.ParseTradeIn(text),
        "tradein", "trade", "tradeinvehicle", "hastradein", "vehicletradein", "tradevehicle", "tradeincar");

    public static readonly ProfileField MonthlyPaymentBudget = new(
        "monthlyPaymentBudget", ProfileType.Money, "$350 to $400 a month", (text, _) => Amounts.ParseMonthly(text),
        "monthlypaymentbudget", "paymentbudget", "budget", "monthlybudget", "monthlypayment", "desiredpayment", "targetpayment",
        "desiredmonthlypayment", "maxpayment", "maxmonthlypayment");

    public static readonly ProfileField DownPayment = new(
        "downPayment", ProfileType.Money, "$2,000 or two grand", (text, _) => Amounts.ParseOnce(text),
        "downpayment", "moneydown", "cashdown", "downpaymentamount", "deposit");

    /// <summary>All fields, in the order in which a form shows them.</summary>
    public static IReadOnlyList<ProfileField> All { get; } =
    [
        Name, Email, Address, DateOfBirth, MaritalStatus, Employer, EmployerDuration, EmploymentStatus, MonthlyIncome, HousingSituation,
        HousePayment, CreditScore, VehicleType, TradeIn, MonthlyPaymentBudget, DownPayment,
    ];

    /// <summary>The fields that count for the completeness of a profile: those that the voice agent collects.</summary>
    public static IReadOnlyList<ProfileField> Collected { get; } = [.. All.Where(field => field != DownPayment)];

    private static readonly Dictionary<string, ProfileField> s_byName = All.ToDictionary(field => field.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, ProfileField> s_byProviderId =
        All.SelectMany(field => field.ProviderIds.Select(id => (id, field))).ToDictionary(pair => pair.id, pair => pair.field);

    /// <summary>Finds a field by its name in our API. Returns null if there is none.</summary>
    public static ProfileField? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>Finds a field by the id under which a provider collects it, in any usual spelling. Returns null if there is none.</summary>
    public static ProfileField? FindByProviderId(string id) =>
        s_byProviderId.GetValueOrDefault(string.Concat(id.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant());

    private static ProfileField Choice(string name, ChoiceList choices, params string[] ids) =>
        new(name, ProfileType.Choice, string.Join(", ", choices.Names), (text, _) => choices.Parse(text), ids) { Choices = choices.Names };
}
