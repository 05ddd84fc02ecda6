using System.Text.RegularExpressions;
using JackAutomotive.WebhookApi.Profiles.Parsing;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>One turn of a transcript, for the extraction.</summary>
/// <param name="IsLead">Whether the lead spoke.</param>
/// <param name="Text">The words; null if there are none.</param>
internal sealed record SpokenTurn(bool IsLead, string? Text);

/// <summary>
/// Finds profile values in a transcript where the lead's words are plain, such as "my name is Maria Lopez" or "I can put two grand down".
/// A value has a lower confidence than one of the provider's data collection, which sees the whole conversation.
/// </summary>
internal static partial class TranscriptExtraction
{
    private const double Stated = 0.6;
    private const double Answered = 0.5;
    private const int MaxTurns = 2000;
    private const int MaxTurnLength = 4000;
    private const int MaxSentenceLength = 300;

    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly (ProfileField Field, Regex Statement)[] s_statements =
    [
        (ProfileFields.Name, NameStatement()),
        (ProfileFields.Email, EmailStatement()),
        (ProfileFields.MonthlyIncome, IncomeStatement()),
        (ProfileFields.DownPayment, DownPaymentStatement()),
        (ProfileFields.MonthlyPaymentBudget, BudgetStatement()),
        (ProfileFields.TradeIn, NoTradeInStatement()),
        (ProfileFields.TradeIn, TradeInStatement()),
        (ProfileFields.VehicleType, VehicleStatement()),
        (ProfileFields.CreditScore, CreditScoreStatement()),
    ];

    // An answer is read only directly after the question, and only if the question asks for one thing.
    private static readonly (ProfileField Field, Regex Question)[] s_questions =
    [
        (ProfileFields.Name, NameQuestion()),
        (ProfileFields.MonthlyIncome, IncomeQuestion()),
        (ProfileFields.DownPayment, DownPaymentQuestion()),
        (ProfileFields.MonthlyPaymentBudget, BudgetQuestion()),
        (ProfileFields.CreditScore, CreditScoreQuestion()),
    ];

    /// <summary>Returns at most one statement for each field: the last one that is plain.</summary>
    /// <param name="turns">The whole transcript, in order.</param>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="saidAt">When the conversation was held.</param>
    public static IReadOnlyList<StatedValue> Read(IReadOnlyList<SpokenTurn> turns, string conversationId, DateTimeOffset saidAt)
    {
        var found = new Dictionary<ProfileField, StatedValue>();
        var day = DateOnly.FromDateTime(saidAt.UtcDateTime);
        for (var i = 0; i < Math.Min(turns.Count, MaxTurns); i++)
        {
            if (turns[i] is not { IsLead: true, Text: { Length: > 0 and <= MaxTurnLength } text })
            {
                continue;
            }

            // The first sentence answers the question before it.
            var question = i > 0 && !turns[i - 1].IsLead ? turns[i - 1].Text : null;
            var first = text.Length - text.TrimStart().Length;
            foreach (var sentence in Sentence().Matches(text).Where(sentence => sentence.Length <= MaxSentenceLength))
            {
                foreach (var (field, start, length, confidence) in FindIn(sentence.Value, sentence.Index == first ? question : null))
                {
                    var words = sentence.Value.Substring(start, length);
                    if (field.Parse(words, day) is { Value: not null } parsed)
                    {
                        found[field] = new StatedValue(
                            field, ProfileSources.Extraction, conversationId, words, parsed, confidence,
                            new ProfileEvidence(i, sentence.Index + start, length, words), null, null, saidAt);
                    }
                }
            }
        }

        return [.. found.Values];
    }

    private static IEnumerable<(ProfileField Field, int Start, int Length, double Confidence)> FindIn(string text, string? question)
    {
        var stated = new HashSet<ProfileField>();
        foreach (var (field, statement) in s_statements)
        {
            if (statement.Match(text).Groups["value"] is { Success: true, Length: > 0 } value && IsPlain(field, text, value) && stated.Add(field))
            {
                yield return (field, value.Index, value.Length, Stated);
            }
        }

        if (question is not null && s_questions.Where(candidate => candidate.Question.IsMatch(question)).ToList() is [var asked]
            && !stated.Contains(asked.Field) && Answer(asked.Field).Match(text).Groups["value"] is { Success: true, Length: > 0 } answer
            && IsPlain(asked.Field, text, answer))
        {
            yield return (asked.Field, answer.Index, answer.Length, Answered);
        }
    }

    // Hypothetical, denied or somebody else's values are not plain. A name must not be a word of
    // courtesy or the agent's name, and a vehicle must be one.
    private static bool IsPlain(ProfileField field, string text, Group value)
    {
        var before = text[..value.Index];
        if (Unreal().IsMatch(before))
        {
            return false;
        }

        return true switch
        {
            _ when field == ProfileFields.Name => !NoName().IsMatch(value.Value),
            _ when field == ProfileFields.VehicleType => Vehicles.IsVehicle(value.Value),
            _ => true,
        };
    }

    private static Regex Answer(ProfileField field) => field == ProfileFields.Name ? NameAnswer() : AmountAnswer();

    // A dot inside an e-mail address or an amount does not end a sentence. Words without any sign are cut at a space.
    [GeneratedRegex(@"\S(?:[^.!?;]|[.!?;](?!\s|$)){0,280}(?:[.!?;]+|$|(?=\s))")]
    private static partial Regex Sentence();

    [GeneratedRegex(
        @"\b([Mm]y name is|[Mm]y name's|[Tt]his is|[Nn]ame is|[Nn]ame's|[Yy]ou'?re speaking (to"
        + @"|with))\s+(?<value>\p{Lu}[\p{Ll}'’-]+(\s+\p{Lu}(\.|[\p{L}'’-]*)){0,3})")]
    private static partial Regex NameStatement();

    [GeneratedRegex(
        @"^\W*((?:[Ii]t'?s|[Ii]'?m|[Ii] am|[Yy]eah|[Yy]es|[Ss]ure|[Oo]h|[Uu]h|[Uu]m|[Hh]i"
        + @"|[Hh]ey)\W+){0,3}(?<value>\p{Lu}[\p{Ll}'’-]+(\s+\p{Lu}(\.|[\p{L}'’-]*)){0,3})\W*$")]
    private static partial Regex NameAnswer();

    [GeneratedRegex(
        @"\b(my )?e-?mail( address)?('s| is|:)\s+(?<value>[^,;!?]{3,80})"
        + @"|(?<value>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)", AnyCase)]
    private static partial Regex EmailStatement();

    [GeneratedRegex(
        @"\b(i|we) (make|earn|gross|net|bring (in|home)|take home|get paid|pull in|clear)\s+(?<value>[^.;!?]*?(\d|hundred"
        + @"|thousand|grand|twenty|thirty|forty|fifty)[^;!?]*?(an hour|hourly|a week|weekly|every two weeks|bi-?weekly"
        + @"|twice a month|a month|per month|monthly|a year|per year|yearly|annually)(?=\W|$))"
        + @"|\b(my )(monthly |gross )*(income|salary|pay) is\s+(?<value>[^.;!?]{2,60})", AnyCase)]
    private static partial Regex IncomeStatement();

    [GeneratedRegex(
        @"\b(put|putting|do|bring|have|got|with|pay)\s+(about |around |maybe |like |up to "
        + @"|down )?(?<value>\$?\s?(\d[\d,.]*\s?(k|grand|thousand|hundred)?|(a |one |two |three |four |five |six |seven |eight "
        + @"|nine |ten |fifteen |twenty )+(hundred|thousand|grand)( (and )?(one|two|three|four|five|six|seven|eight"
        + @"|nine) hundred)?)( dollars| bucks)?)\s+(cash )?(down|for a down ?payment|as a down ?payment)\b"
        + @"|\bdown ?payment (is|of|would be|will be)\s+(about |around |like )?(?<value>\$?\s?[\w,.\- ]{1,40})", AnyCase)]
    private static partial Regex DownPaymentStatement();

    [GeneratedRegex(
        @"\b(budget|afford|payments?|pay|spend|keep it|stay|be)\b[^.;!?]{0,30}?\b(?<value>(under |below |around |about "
        + @"|at most |no more than |between |up to )?\$?\s?(\d[\d,.]*|(one|two|three|four|five|six|seven|eight|nine)( hundred"
        + @"| fifty)+)[^.;!?]{0,25}?\b(a month|per month|monthly|every month))(?=\W|$)"
        + @"|\bmy budget is\s+(?<value>[^.;!?]{2,40})", AnyCase)]
    private static partial Regex BudgetStatement();

    [GeneratedRegex(
        @"\b(?<value>(no|not|nothing|don'?t have (a|any|anything)( \w+)?|do not have (a|any|anything)) (trade(-| )?in"
        + @"|to trade( in)?|trade|trading( in)?))\b", AnyCase)]
    private static partial Regex NoTradeInStatement();

    [GeneratedRegex(
        @"\b(trade|trading)(-| )?(in )?(my |our |a |an |the )(?<value>(\d{4}\s+)?[\w-]+( [\w-]+){0,3}?)(?= in\b|[.,;!?]|$"
        + @"| and\b| for\b| but\b)|\b(have|got|'ve got) (a |an |my )(?<value>(\d{4}\s+)?[\w-]+( [\w-]+){0,3}?) (i'?d |i would "
        + @"|i want |i'?m |that i )?(like )?(to |wanna |can |could )?trad(e|ing)\b", AnyCase)]
    private static partial Regex TradeInStatement();

    [GeneratedRegex(
        @"\b(looking for|looking at|interested in|want|wanted|need|in the market for|thinking about|shopping for"
        + @"|calling about|called about|asking about)\s+(getting |buying |to (get|buy) )?(a |an |the |your |that "
        + @"|one of your )?(?<value>[\w\- ]*?[\w\-]+)(?=[.,;!?]|$| that\b| for\b| on\b| with\b| but\b| and\b| you\b| in\b| is\b"
        + @"| or\b| still\b)", AnyCase)]
    private static partial Regex VehicleStatement();

    [GeneratedRegex(@"\b(credit( score)?( is| is like| is about|'s)|score('s| is))\s+(?<value>[^.;!?]*?([3-8]\d\d|hundreds?)\w*)", AnyCase)]
    private static partial Regex CreditScoreStatement();

    [GeneratedRegex(@"^\W*(?<value>[^?]{1,80})$")]
    private static partial Regex AmountAnswer();

    [GeneratedRegex(
        @"\b(your (full |first |last |first and last )?name|(who|whom) (am i|do i have|is this|are you)|who'?s (this"
        + @"|calling))\b", AnyCase)]
    private static partial Regex NameQuestion();

    [GeneratedRegex(
        @"\b(your|monthly|gross|annual|yearly|household) (monthly |gross |household )*(income|salary)\b|\b(how much"
        + @"|what) do you (make|earn|bring home|gross)\b", AnyCase)]
    private static partial Regex IncomeQuestion();

    [GeneratedRegex(@"\b(down ?payment|money down|put down|cash down)\b", AnyCase)]
    private static partial Regex DownPaymentQuestion();

    [GeneratedRegex(
        @"\b(budget|monthly payment|payment (range|are you)|payments? (do you|would you|you'?re)|comfortable (paying|with)"
        + @"|spend (a|per|each) month)\b", AnyCase)]
    private static partial Regex BudgetQuestion();

    [GeneratedRegex(@"\bcredit (score|rating|like)\b|\byour credit\b", AnyCase)]
    private static partial Regex CreditScoreQuestion();

    [GeneratedRegex(
        @"\b(if (i|we|you)|(he|she|they|(my|your|his|her) (wife|husband|brother|sister|mom|dad|friend|buddy|son|daughter"
        + @"|neighbor|boss)|you|jack) (said|says|told|makes?|earns?|has|have|wants?)|used to|last time|wish|don'?t|didn'?t"
        + @"|can'?t|couldn'?t|won'?t|not|never|no longer)\b[^.;!?]*$", AnyCase)]
    private static partial Regex Unreal();

    [GeneratedRegex(
        @"^(The|A|An|About|Not|My|Your|Our|For|Jack|It|That|What|Where|Why|How|Who|Yes|No|Okay|Ok|Sure|Fine|Good|Great|Hello"
        + @"|Hi|Hey|Thanks|Thank|Sorry|Calling|Just|Really|Very|So|Too|Nothing|None|Ridiculous|Crazy|Monday|Tuesday|Wednesday"
        + @"|Thursday|Friday|Saturday|Sunday|Honda|Toyota|Ford|Speaking|Correct|Right|Perfect|Interested|Maybe|Well|Nope|Yep"
        + @"|Yeah|Anonymous|Spam|Someone|Somebody|Nobody)\b")]
    private static partial Regex NoName();
}
