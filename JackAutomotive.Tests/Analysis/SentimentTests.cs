using JackAutomotive.Analysis;

namespace JackAutomotive.Tests.Analysis;

public sealed class SentimentTests
{
    [Theory]
    [InlineData("is the blue one still available")]
    [InlineData("ok thanks, what time")]
    [InlineData("do you have anything with no money down")]
    [InlineData("how did it do in the crash test")]
    [InlineData("I've got bad credit and a repo from 2019")]
    [InlineData("I'll think about it")]
    [InlineData("no thank you, not interested")]
    [InlineData("my insurance company is a nightmare")]
    [InlineData("hail destroyed my old truck")]
    [InlineData("tengo mal crédito")]
    public void Questions_facts_courtesy_and_bad_luck_are_neutral(string text) =>
        Assert.Equal(SentimentLabel.Neutral, Say.Text(text).Sentiment.Label);

    [Theory]
    [InlineData("this is the worst dealership I have ever dealt with")]
    [InlineData("nobody ever called me back")]
    [InlineData("wow thanks for wasting my whole saturday")]
    [InlineData("a 24% rate is robbery")]
    [InlineData("I don't love it")]
    [InlineData("the truck is nice but your finance guy lied to me")]
    [InlineData("so much for no hassle")]
    [InlineData("qué mal servicio, me mintieron")]
    public void Complaints_distrust_and_sarcasm_are_negative(string text) =>
        Assert.Equal(SentimentLabel.Negative, Say.Text(text).Sentiment.Label);

    [Theory]
    [InlineData("you guys are the best, thank you so much")]
    [InlineData("that's a killer deal")]
    [InlineData("not bad at all, better than I expected")]
    [InlineData("I was annoyed at first but Priya was amazing")]
    [InlineData("me encanta, muchas gracias por todo")]
    [InlineData("omg I love it 😍")]
    [InlineData("I'll take it, when can I pick it up??")]
    public void Praise_relief_and_eagerness_are_positive(string text) =>
        Assert.Equal(SentimentLabel.Positive, Say.Text(text).Sentiment.Label);

    [Theory]
    [InlineData("Are you happy with the numbers we sent?", "yeah", SentimentLabel.Positive)]
    [InlineData("Does Tuesday at 2 work for you?", "yeah", SentimentLabel.Neutral)]
    [InlineData("Were you satisfied with your test drive?", "nope", SentimentLabel.Negative)]
    [InlineData("Do you have a trade-in?", "nope", SentimentLabel.Neutral)]
    [InlineData("Any problems with the car?", "none", SentimentLabel.Positive)]
    public void A_one_word_answer_feels_what_the_question_asks(string question, string answer, SentimentLabel label) =>
        Assert.Equal(label, Say.Text(answer, question).Sentiment.Label);

    [Fact]
    public void A_conversation_feels_what_the_customer_feels_at_its_end()
    {
        var good = Say.Conversation(
            new Turn(TurnRole.User, "I waited three hours and nobody helped me, this is ridiculous", 0),
            new Turn(TurnRole.Agent, "I am sorry. The manager took 500 off.", 10),
            new Turn(TurnRole.User, "wow, thank you so much, you guys are the best!", 20));
        var bad = Say.Conversation(
            new Turn(TurnRole.User, "I love this truck", 0),
            new Turn(TurnRole.Agent, "The fee is 1,200.", 10),
            new Turn(TurnRole.User, "that's robbery, you people are crooks", 20));

        Assert.Equal(SentimentLabel.Positive, good.Conversation.Sentiment.Label);
        Assert.Equal(SentimentLabel.Negative, bad.Conversation.Sentiment.Label);
    }

    [Fact]
    public void The_dealership_has_no_feelings_about_the_deal() =>
        Assert.Equal(
            (SentimentLabel.Neutral, 0.0),
            Say.Conversation(new Turn(TurnRole.Agent, "You are amazing, I love it!", 0)).Turns[0].Sentiment is var s ? (s.Label, s.Score) : default);
}
