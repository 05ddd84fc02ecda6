using System.Text.RegularExpressions;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>Understands vehicles that a lead wants or has: a body style, a make and a model, or both.</summary>
internal static partial class Vehicles
{
    private const int MaxLength = 200;

    // The body styles of models that are often asked for. A model that is not in the list has no body style.
    private static readonly (string Body, Regex Models)[] s_models =
    [
        ("truck", Trucks()), ("suv", Suvs()), ("van", Vans()), ("sedan", Sedans()), ("coupe", Coupes()), ("hatchback", Hatchbacks()),
    ];

    private static readonly (string Body, Regex Words)[] s_bodies =
    [
        ("truck", TruckWords()), ("suv", SuvWords()), ("van", VanWords()), ("sedan", SedanWords()), ("coupe", CoupeWords()),
        ("hatchback", HatchbackWords()), ("wagon", WagonWords()), ("convertible", ConvertibleWords()), ("motorcycle", MotorcycleWords()),
    ];

    /// <summary>Returns the words with the body style that follows from them.</summary>
    public static Parsed ParseWanted(string text)
    {
        var words = PlainTexts.ParseWords(text);
        return words.Value is TextValue { Text: var vehicle } ? Parsed.Of(new VehicleValue(vehicle, FindBody(vehicle))) : words;
    }

    /// <summary>Returns whether there is a trade-in, and the vehicle if the words name one.</summary>
    public static Parsed ParseTradeIn(string text)
    {
        var words = PlainText.Clean(text).Trim().TrimEnd('.', '!').Trim();
        if (words.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        if (No().IsMatch(words) || words.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            return Parsed.Of(new TradeInValue(false, null));
        }

        if (Yes().Match(words) is { Success: true } yes)
        {
            var rest = words[yes.Length..].Trim(' ', ',', '-', '.', ':');
            return Parsed.Of(new TradeInValue(true, rest.Length > 0 ? rest : null));
        }

        var parsed = PlainTexts.ParseWords(words);
        return parsed.Value is TextValue { Text: var vehicle } ? Parsed.Of(new TradeInValue(true, vehicle)) : parsed;
    }

    /// <summary>Returns whether the words name a make, a model or a body style.</summary>
    public static bool IsVehicle(string words) => FindBody(words) is not null || Makes().IsMatch(words);

    /// <summary>Returns the body style that the words name or that the named model has; null if there is none.</summary>
    public static string? FindBody(string words) =>
        s_bodies.FirstOrDefault(body => body.Words.IsMatch(words)).Body ?? s_models.FirstOrDefault(model => model.Models.IsMatch(words)).Body;

    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(
        @"^(no|nope|none|nothing|n/a|not? (trade|trading|vehicle|car)|without|negative|(i )?(don'?t|do not) have"
        + @"|doesn'?t have|does not have|no,)\b", AnyCase)]
    private static partial Regex No();

    [GeneratedRegex(@"^(yes|yeah|yep|yup|true|sure|(i|they) do|has (one|a trade-?in))\b", AnyCase)]
    private static partial Regex Yes();

    [GeneratedRegex(@"\b(pick-?\s?ups?|trucks?)\b", AnyCase)]
    private static partial Regex TruckWords();

    [GeneratedRegex(@"\b(suvs?|cross-?overs?|jeeps?)\b", AnyCase)]
    private static partial Regex SuvWords();

    [GeneratedRegex(@"\b(mini-?)?vans?\b", AnyCase)]
    private static partial Regex VanWords();

    [GeneratedRegex(@"\b(sedans?|four[- ]doors?|4[- ]doors?)\b", AnyCase)]
    private static partial Regex SedanWords();

    [GeneratedRegex(@"\b(coup[eé]s?|two[- ]doors?|2[- ]doors?|sports? cars?)\b", AnyCase)]
    private static partial Regex CoupeWords();

    [GeneratedRegex(@"\bhatch-?\s?backs?\b", AnyCase)]
    private static partial Regex HatchbackWords();

    [GeneratedRegex(@"\b(station )?wagons?\b", AnyCase)]
    private static partial Regex WagonWords();

    [GeneratedRegex(@"\bconvertibles?\b", AnyCase)]
    private static partial Regex ConvertibleWords();

    [GeneratedRegex(@"\b(motor-?\s?(cycle|bike)s?|harley)\b", AnyCase)]
    private static partial Regex MotorcycleWords();

    [GeneratedRegex(
        @"\b(f-?\s?[1-3]50|silverado|sierra|ram ?(1500|2500|3500)?|tacoma|tundra|ford ranger|colorado|frontier|nissan titan"
        + @"|ridgeline|maverick|gladiator|gmc canyon)\b", AnyCase)]
    private static partial Regex Trucks();

    [GeneratedRegex(
        @"\b(cr-?\s?v|rav\s?-?4|nissan rogue|ford explorer|ford escape|equinox|tahoe|suburban|traverse|highlander"
        + @"|4-?\s?runner|honda pilot|hr-?v|honda passport|tucson|santa fe|palisade|sportage|sorento|telluride|cx-?\s?(5|30|50"
        + @"|9|90)|outback|forester|crosstrek|wrangler|cherokee|jeep compass|ford edge|expedition|bronco|blazer|trax|murano"
        + @"|pathfinder|nissan kicks|tiguan|vw atlas|acadia|gmc terrain|yukon|durango|escalade|x[1357]|q[3578]|rx ?350|seltos"
        + @"|kona|venza)\b", AnyCase)]
    private static partial Regex Suvs();

    [GeneratedRegex(@"\b(odyssey|sienna|pacifica|grand caravan|caravan|carnival|ford transit|town (and|&) country|sedona)\b", AnyCase)]
    private static partial Regex Vans();

    [GeneratedRegex(
        @"\b(civic|accord|corolla|camry|altima|sentra|versa|maxima|malibu|impala|cruze|fusion|ford focus|taurus|elantra"
        + @"|sonata|jetta|passat|optima|k5|forte|rio|mazda ?(3|6)|subaru legacy|charger|avalon|prius|honda insight|model (3"
        + @"|s))\b", AnyCase)]
    private static partial Regex Sedans();

    [GeneratedRegex(@"\b(mustang|camaro|challenger|corvette|miata|brz)\b", AnyCase)]
    private static partial Regex Coupes();

    [GeneratedRegex(
        @"\b(vw golf|volkswagen golf|gti|honda fit|chevy bolt|nissan leaf|veloster|kia soul|yaris|fiesta|chevy spark)\b", AnyCase)]
    private static partial Regex Hatchbacks();

    [GeneratedRegex(
        @"\b(honda|toyota|ford|chev(y|rolet)|nissan|hyundai|kia|mazda|subaru|jeep|dodge|chrysler|gmc|buick|cadillac|bmw"
        + @"|mercedes(-benz)?|benz|audi|lexus|acura|infiniti|volkswagen|vw|volvo|tesla|mitsubishi|lincoln|pontiac|saturn"
        + @"|porsche|land rover|jaguar|genesis|mini cooper)\b", AnyCase)]
    private static partial Regex Makes();
}
