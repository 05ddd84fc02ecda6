using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>The choices of a field, each with the words that mean it.</summary>
internal sealed partial class ChoiceList(params (string Name, Regex Words)[] choices)
{
    private const int MaxLength = 300;

    /// <summary>The names of the choices, in the order of the list.</summary>
    public IReadOnlyList<string> Names { get; } = [.. choices.Select(choice => choice.Name).Distinct()];

    /// <summary>Returns the first choice of the list whose words occur without a negation.</summary>
    public Parsed Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        var words = text.ToLowerInvariant().Trim();
        foreach (var (name, meaning) in choices)
        {
            if (words == name || meaning.Matches(words).Any(match => !Negation().IsMatch(words[..match.Index])))
            {
                return Parsed.Of(new ChoiceValue(name));
            }
        }

        return Parsed.Unclear($"The words mean none of: {string.Join(", ", Names)}.");
    }

    [GeneratedRegex(
        @"\b(not|never|no longer|used to( be)?|don'?t|do not|doesn'?t|does not|isn'?t|ain'?t|wasn'?t|stopped"
        + @"|quit)\s+(\w+\s+)?$")]
    private static partial Regex Negation();
}

/// <summary>The choices of the fields with a fixed set of values.</summary>
internal static partial class Choices
{
    public static readonly ChoiceList MaritalStatus = new(
        ("divorced", Divorced()),
        ("separated", Separated()),
        ("widowed", Widowed()),
        ("single", Unmarried()),
        ("married", Married()),
        ("partner", Partner()),
        ("single", Single()));

    public static readonly ChoiceList EmploymentStatus = new(
        ("unemployed", Unemployed()),
        ("retired", Retired()),
        ("self_employed", SelfEmployed()),
        ("disabled", Disabled()),
        ("full_time", FullTime()),
        ("part_time", PartTime()),
        ("temporary", Temporary()),
        ("student", Student()),
        ("military", Military()),
        ("employed", Employed()));

    public static readonly ChoiceList HousingSituation = new(
        ("lives_with_family", WithFamily()),
        ("rents", Rents()),
        ("owns", Owns()),
        ("other", OtherHousing()));

    [GeneratedRegex(@"\bdivorced?\b|\bdivorcee\b")]
    private static partial Regex Divorced();

    [GeneratedRegex(@"\bseparated\b")]
    private static partial Regex Separated();

    [GeneratedRegex(@"\bwidow(ed|er)?\b|\b(husband|wife|spouse) (passed|died)\b")]
    private static partial Regex Widowed();

    [GeneratedRegex(@"\b(un|not |never |never been |not yet )married\b|^no\b")]
    private static partial Regex Unmarried();

    [GeneratedRegex(@"\b(re)?married\b|\b(my|a) (wife|husband|spouse)\b|^yes\b")]
    private static partial Regex Married();

    [GeneratedRegex(@"\bcommon[- ]law\b|\bdomestic partner|\bpartner(ed|ship)?\b|\bcivil union\b")]
    private static partial Regex Partner();

    [GeneratedRegex(@"\bsingle\b|\bengaged\b|\bfianc[eé]+\b|\b(girl|boy)friend\b|\bbachelor")]
    private static partial Regex Single();

    [GeneratedRegex(
        @"\bunemployed\b|\b(out of|lost my|between) (work|a job|job|jobs)\b|\bnot (currently )?(working|employed)\b"
        + @"|\blaid off\b|\bno job\b")]
    private static partial Regex Unemployed();

    [GeneratedRegex(@"\bretired\b|\bretiree\b|\bpension\b")]
    private static partial Regex Retired();

    [GeneratedRegex(
        @"\bself[- ]?employed\b|\b(my|own) (own )?(business|company|shop)\b|\bfreelanc|\b1099\b|\bindependent contractor\b"
        + @"|\bwork for myself\b|\bbusiness owner\b|\bgig work")]
    private static partial Regex SelfEmployed();

    [GeneratedRegex(@"\bdisab(led|ility)\b|\bssdi?\b|\bssi\b")]
    private static partial Regex Disabled();

    [GeneratedRegex(@"\bfull[- ]?time\b|\bft\b|\b(40|forty|50|fifty)\+? hours\b")]
    private static partial Regex FullTime();

    [GeneratedRegex(@"\bpart[- ]?time\b|\bpt\b")]
    private static partial Regex PartTime();

    [GeneratedRegex(@"\btemp(orary)?\b|\bseasonal\b|\bcontract(or)?\b|\bagency\b|\bper diem\b")]
    private static partial Regex Temporary();

    [GeneratedRegex(@"\bstudent\b|\bin (school|college)\b")]
    private static partial Regex Student();

    [GeneratedRegex(@"\bmilitary\b|\bactive[- ]duty\b|\b(army|navy|marines?|air force|coast guard)\b")]
    private static partial Regex Military();

    [GeneratedRegex(@"\bemployed\b|\bworking\b|\bi work\b|\bhave a job\b|^yes\b|\bw-?2\b")]
    private static partial Regex Employed();

    [GeneratedRegex(
        @"\b(with|at) (my |her |his |their )?(family|parents?|mom|mother|dad|father|folks|grand(ma|pa|parents|mother|father)"
        + @"|sister|brother|aunt|uncle|in-?laws|son|daughter|cousin|relatives?)('?s)?\b|\b(mom|parents|mother"
        + @"|family)'?s? (house|place|home)\b|\blives?[_ ]with[_ ]family\b")]
    private static partial Regex WithFamily();

    [GeneratedRegex(@"\brent(s|ing|ed|er|al)?\b|\blease\b|\bapartment\b|\broom(ie|mate)s?\b|\btenant\b|\bsection 8\b")]
    private static partial Regex Rents();

    [GeneratedRegex(
        @"\bown(s|ed|er|ing)?\b|\bhome ?owner\b|\bmortgage\b|\bpaid off\b|\bbought (a|my|the|our) (house|home|place|condo)\b"
        + @"|\bmy own (house|home|place)\b")]
    private static partial Regex Owns();

    [GeneratedRegex(
        @"\bother\b|\bhomeless\b|\bshelter\b|\bhotel\b|\bmotel\b|\bbetween places\b|\bdorms?\b|\bbase housing\b|\bbarracks\b"
        + @"|\bwith (a |my )?friends?\b|\bin my car\b|\brv\b")]
    private static partial Regex OtherHousing();
}
