using JackAutomotive.Analysis;

namespace JackAutomotive.Tests.Analysis;

public sealed class IntentTests
{
    [Theory]
    [InlineData("STOP")]
    [InlineData("stop.")]
    [InlineData("StopAll")]
    [InlineData("END")]
    [InlineData("quit")]
    [InlineData("Revoke")]
    [InlineData("opt out")]
    [InlineData("OPT-OUT")]
    [InlineData("cancel")]
    [InlineData("unsubscribe please")]
    [InlineData("unsubcribe")]
    [InlineData("stpo")]
    [InlineData("please quit texting this number")]
    [InlineData("dont ever call my house again")]
    [InlineData("take me off of your list")]
    [InlineData("I'd like my number removed from your system")]
    [InlineData("This is Ana's mother. She does not want any more messages")]
    [InlineData("one more text and I call my attorney")]
    [InlineData("we are on the national do not call registry")]
    [InlineData("no me vuelvan a llamar")]
    [InlineData("ya dejen de escribirme por favor")]
    [InlineData("lose my number")]
    [InlineData("leave me alone")]
    [InlineData("I revoke my consent to be contacted")]
    public void A_wish_that_contact_ends_is_a_stop_request_in_any_wording(string text) =>
        Assert.Contains(Say.Text(text).Intents, i => i.Name == Intent.StopRequest);

    [Theory]
    [InlineData("can I stop by at noon")]
    [InlineData("I'm at the bus stop")]
    [InlineData("please cancel my appointment")]
    [InlineData("not now")]
    [InlineData("don't stop sending me deals")]
    [InlineData("i quit my job in May")]
    [InlineData("at the end of the month")]
    [InlineData("please stop sending the newsletter to my email, texts are fine")]
    [InlineData("can't stop thinking about that truck")]
    [InlineData("don't call me, text me instead")]
    [InlineData("call me later instead")]
    [InlineData("Take the warranty off the bill")]
    [InlineData("stop lying to me about the price")]
    [InlineData("get me out of my lease")]
    [InlineData("my lawyer is handling the divorce")]
    [InlineData("I'm not interested in the warranty")]
    public void What_only_looks_like_a_stop_request_is_none(string text) =>
        Assert.DoesNotContain(Say.Text(text).Intents, i => i.Name == Intent.StopRequest);

    [Theory]
    [InlineData("Can I talk to a real person?", true)]
    [InlineData("put me through to the service department", true)]
    [InlineData("is Marcus in today?", true)]
    [InlineData("representative", true)]
    [InlineData("quiero hablar con el gerente", true)]
    [InlineData("I already have a personal loan", false)]
    [InlineData("I'd rather see it in person", false)]
    [InlineData("my manager at work gave me the day off", false)]
    [InlineData("how much does it cost and can you help", false)]
    [InlineData("I work in human resources", false)]
    public void Only_a_request_for_a_human_pages_the_staff(string text, bool wanted) =>
        Assert.Equal(wanted, Say.Text(text).Intents.Any(i => i.Name == Intent.WantsPerson));

    [Theory]
    [InlineData("that is way over my budget", ObjectionKind.Price)]
    [InlineData("I doubt I'd get approved with my score", ObjectionKind.Credit)]
    [InlineData("I have to talk to my wife first", ObjectionKind.Spouse)]
    [InlineData("let me think about it", ObjectionKind.Timing)]
    [InlineData("how do I know this is not a scam", ObjectionKind.Trust)]
    public void An_objection_names_what_holds_the_customer_back(string text, ObjectionKind kind) =>
        Assert.Equal(kind, Assert.Single(Say.Text(text).Intents, i => i.Name == Intent.Objection).Objection);

    [Theory]
    [InlineData("I'll take it!", Intent.BuyingSignal)]
    [InlineData("where do I send the deposit", Intent.BuyingSignal)]
    [InlineData("call me tomorrow after five", Intent.CallbackRequest)]
    [InlineData("llámame mañana", Intent.CallbackRequest)]
    [InlineData("sorry you have the wrong number", Intent.WrongNumber)]
    [InlineData("I already bought a car last week", Intent.AlreadyBought)]
    public void Each_intent_is_found(string text, Intent intent) => Assert.Contains(Say.Text(text).Intents, i => i.Name == intent);

    [Theory]
    [InlineData("I'm just looking for now", Intent.BuyingSignal)]
    [InlineData("I'll call you when I get off", Intent.CallbackRequest)]
    [InlineData("that's the wrong color", Intent.WrongNumber)]
    [InlineData("I bought it in 2015 and want to trade it", Intent.AlreadyBought)]
    [InlineData("I bought a house in March", Intent.AlreadyBought)]
    public void Near_misses_are_none(string text, Intent intent) => Assert.DoesNotContain(Say.Text(text).Intents, i => i.Name == intent);

    [Theory]
    [InlineData("Would you like me to connect you with a sales manager?", "sure", Intent.WantsPerson)]
    [InlineData("Should I give you a call this afternoon?", "k", Intent.CallbackRequest)]
    [InlineData("Ready for me to start the paperwork on the Equinox?", "yes", Intent.BuyingSignal)]
    [InlineData("Do you still want to hear from us about new arrivals?", "no", Intent.StopRequest)]
    [InlineData("Hi, is this Angela?", "no", Intent.WrongNumber)]
    public void A_one_word_answer_gets_its_meaning_from_the_question(string question, string answer, Intent intent)
    {
        Assert.Contains(Say.Text(answer, question).Intents, i => i.Name == intent);
        Assert.DoesNotContain(Say.Text(answer, "Do you have a trade-in?").Intents, i => i.Name == intent);
    }
}
