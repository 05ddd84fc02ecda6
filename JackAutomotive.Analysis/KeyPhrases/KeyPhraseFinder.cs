using System.Collections.Frozen;
using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.KeyPhrases;

/// <summary>
/// Finds what a conversation is about: runs of content words of both sides, ranked by how often they occur and by whether they are terms
/// of the trade. A phrase inside a longer phrase that occurs as often is left out.
/// </summary>
internal static class KeyPhraseFinder
{
    private const int MaxPhrases = 12;
    private const int MaxWords = 3;
    private const int TradeWeight = 3;

    private static readonly FrozenSet<string> s_stopWords = WordMap.ReadSet("""
        a an the and or but if so because as at by for from in into of off on onto out over per than that then there these this those to up with about after
        again all also am any are aren't be been before being below between both can can't cannot could couldn't did didn't do does doesn't doing don't down
        during each few further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers him his how how's i i'd i'll i'm i've is
        isn't it it's its let let's let_me me more most my no nor not now once only other our ours own same she she'd she'll she's should shouldn't some
        such their theirs them they they'd they'll they're they've too under until very was wasn't we we'd we'll we're we've were weren't what what's when
        where which while who whom why will won't would wouldn't yes yeah yea yep no nope nah ok okay k sure thanks thank you your yours you'd you'll you're
        you've hi hello hey please just like well oh um uh hmm right good great fine got get getting go going going_to gonna know think want wanna need make
        made take come coming see say said tell told ask asked look looking really still maybe actually little bit lot thing things something anything
        everything nothing someone one two three first last next back way sorry alright cool lol haha jack speaking calling call called text send sent
        today tomorrow tonight yesterday monday tuesday wednesday thursday friday saturday sunday morning afternoon evening week month time day minute
        minutes hour hours am pm el la los las un una unos unas de del y o pero si no que es son para por con en al lo le les me te se mi su tu yo usted
        esta este estoy muy mas hay ya como cuando donde bueno buenas buenos gracias hola claro ok guys guy people man bro gotta much many anyone ahead
        glad happy nice perfect awesome wonderful sounds works work welcome help name question questions problem worries bye care tho ur wait hold number
        """);

    // Terms of the trade count more than other words.
    private static readonly FrozenSet<string> s_trade = WordMap.ReadSet("""
        payment payments down credit score financing finance approval approved lender bank loan rate apr interest lease trade trade-in payoff title warranty
        insurance deposit budget income stubs stub license residence proof cosigner mileage miles carfax accident accidents recall test drive appointment
        truck suv sedan van minivan coupe hatchback hybrid diesel electric pickup crew cab awd 4x4 tow towing monthly price quote fee fees taxes tax
        equinox fusion tacoma sienna sportage sonata outback explorer frontier corolla camry civic accord silverado durango rogue tundra odyssey escape
        challenger bronco jeep wrangler cherokee ram f-150 f150 cx-5 mazda kicks altima sentra prius highlander rav4 cr-v crv pilot tahoe suburban yukon
        malibu impala charger elantra tucson santa fe kona palisade telluride sorento forte optima soul jetta passat atlas tiguan ford chevy chevrolet
        toyota honda nissan kia hyundai dodge gmc buick cadillac lexus acura infiniti subaru volkswagen bmw mercedes audi tesla volvo mitsubishi chrysler
        enganche credito pago pagos mensualidad troca camioneta carro seguro ingresos aprobado tasa
        """);

    /// <summary>Returns at most twelve phrases, most important first.</summary>
    public static IReadOnlyList<KeyPhrase> Find(Transcript transcript)
    {
        var found = new Dictionary<string, Candidate>();
        for (var turn = 0; turn < transcript.Turns.Count; turn++)
        {
            AddPhrases(found, turn, transcript.Turns[turn].Text);
        }

        var ranked = found.Values
            .Where(candidate => candidate.Count > 1 || candidate.IsTrade)
            .OrderByDescending(candidate => candidate.Rank)
            .ThenBy(candidate => candidate.Turn).ThenBy(candidate => candidate.Evidence.Start).ThenByDescending(candidate => candidate.Text.Length);
        var chosen = new List<Candidate>();
        foreach (var candidate in ranked)
        {
            if (chosen.Count < MaxPhrases && !chosen.Exists(other => Covers(other, candidate)))
            {
                chosen.Add(candidate);
            }
        }

        return [.. chosen.Select(candidate => new KeyPhrase(candidate.Text, candidate.Count, candidate.Turn, candidate.Evidence))];
    }

    private static bool Covers(Candidate chosen, Candidate other)
    {
        var isPart = $" {chosen.Text} ".Contains($" {other.Text} ", StringComparison.Ordinal) || $" {other.Text} ".Contains($" {chosen.Text} ", StringComparison.Ordinal);
        return isPart;
    }

    private static void AddPhrases(Dictionary<string, Candidate> found, int turn, string text)
    {
        var words = WordReader.Read(text);
        for (var start = 0; start < words.Count; start++)
        {
            var isTrade = false;
            for (var end = start; end < Math.Min(start + MaxWords, words.Count) && IsContent(words[end].Text); end++)
            {
                isTrade |= s_trade.Contains(words[end].Text);
                var phrase = string.Join(' ', words[start..(end + 1)].Select(word => word.Text));
                if (found.TryGetValue(phrase, out var known))
                {
                    known.Count++;
                }
                else
                {
                    found[phrase] = new(phrase, end - start + 1, isTrade, turn, Evidence.From(text, words[start].Start, words[end].End - words[start].Start));
                }
            }
        }
    }

    private static bool IsContent(string word) => word.Length > 1 && char.IsLetter(word[0]) && !s_stopWords.Contains(word) || s_trade.Contains(word);

    private sealed class Candidate(string text, int words, bool isTrade, int turn, Evidence evidence)
    {
        public string Text { get; } = text;

        public bool IsTrade { get; } = isTrade;

        public int Turn { get; } = turn;

        public Evidence Evidence { get; } = evidence;

        public int Count { get; set; } = 1;

        public int Rank => Count * words * (IsTrade ? TradeWeight : 1);
    }
}
