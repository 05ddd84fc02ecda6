using BenchmarkDotNet.Attributes;
using NodaTime;

namespace JackAutomotive.AnalysisBench;

/// <summary>The time for one text, and for the transcript of a telephone call of 30 minutes (300 turns).</summary>
[MemoryDiagnoser]
public class Speed
{
    private static readonly string[] s_customer =
    [
        "yeah I was looking at the silver Silverado on your website, is that one still there",
        "okay and what would the payment be if I put like two thousand down",
        "honestly that's a little more than I wanted to spend, I was hoping to stay under four hundred a month",
        "I don't know, my credit isn't great, I had a repo a couple years back so I'm kind of worried about getting approved",
        "oh wow okay that's actually better than I thought, I appreciate you working with me on that",
        "can somebody call me tomorrow after five, I get off work around then",
        "I need to talk to my wife first before I sign anything",
        "no that works, I'll bring my pay stubs and my license",
    ];

    private static readonly string[] s_agent =
    [
        "Hi, this is Jack, the virtual assistant at the dealership. Are you still interested in the Silverado?",
        "Yes, it is still on the lot. Would you like to come in and take it for a test drive on Saturday?",
        "I understand. If we could get the payment under four hundred, would you be ready to move forward today?",
        "I'll have our finance manager call you tomorrow afternoon. Is this the best number to reach you?",
    ];

    private readonly RuleEngine _engine = new();
    private Transcript _text = null!;
    private Transcript _call = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _text = new Transcript([new Turn(TurnRole.User, s_customer[2], 0, TurnChannel.Sms)], DateTimeOffset.UnixEpoch, DateTimeZone.Utc);
        var turns = Enumerable.Range(0, 300).Select(i => i % 2 == 0
            ? new Turn(TurnRole.Agent, s_agent[i / 2 % s_agent.Length], i * 6)
            : new Turn(TurnRole.User, s_customer[i / 2 % s_customer.Length], i * 6));
        _call = new Transcript([.. turns], DateTimeOffset.UnixEpoch, DateTimeZoneProviders.Tzdb["America/Chicago"]);
    }

    [Benchmark]
    public ConversationAnalysis OneText() => _engine.Analyze(_text);

    [Benchmark]
    public ConversationAnalysis CallOf30Minutes() => _engine.Analyze(_call);
}
