using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Actions;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.Tests.Scoring;

public sealed class NextActionTests
{
    [Fact]
    public void A_text_without_an_answer_is_answered_first()
    {
        var action = Decide(new FactsBuilder().TextOut(50).TextIn(2));

        Assert.Equal((ActionKind.AnswerText, FactsBuilder.At(1.75), "SMin"), (action.Kind, action.DueAt, action.Reference));
        Assert.True(action.IsOverdue(FactsBuilder.Now));
        Assert.False(action.IsOverdue(FactsBuilder.At(1.9)));
    }

    [Fact]
    public void A_new_lead_is_contacted_within_minutes()
    {
        Assert.Equal((ActionKind.FirstContact, FactsBuilder.At(1).AddMinutes(5)), KindAndTime(Decide(new FactsBuilder().Created(1))));
        Assert.Equal(ActionKind.FirstContact, Decide(new FactsBuilder().TextIn(1)).Kind);
    }

    [Fact]
    public void A_callback_is_due_at_the_time_that_the_lead_named_and_done_by_a_call_at_that_time()
    {
        var due = FactsBuilder.At(-3);
        var builder = new FactsBuilder().Talk(10).Signal(SignalKind.CallbackRequest, 10, due);
        Assert.Equal((ActionKind.CallBack, due), KindAndTime(Decide(builder)));

        builder.Call(5, ContactOutcome.NotReached);
        Assert.Equal(ActionKind.CallBack, Decide(builder).Kind);

        builder.Call(-2.9, ContactOutcome.NotReached);
        Assert.NotEqual(ActionKind.CallBack, NextActions.Decide(builder.Build(), FactsBuilder.At(-4)).Kind);
    }

    [Fact]
    public void A_call_that_nobody_answered_is_returned() => Assert.Equal(
        (ActionKind.ReturnCall, FactsBuilder.At(0.75)),
        KindAndTime(Decide(new FactsBuilder().Talk(30).Call(1, ContactOutcome.NotReached, isInbound: true))));

    [Fact]
    public void A_call_that_nobody_answered_is_not_returned_before_the_time_that_the_lead_asked_for() => Assert.Equal(
        (ActionKind.CallBack, FactsBuilder.At(-20)),
        KindAndTime(Decide(
            new FactsBuilder().Talk(30).Call(3, ContactOutcome.NotReached, isInbound: true)
                .Signal(SignalKind.CallbackRequest, 2, FactsBuilder.At(-20)))));

    [Fact]
    public void A_lead_that_asked_for_a_person_comes_before_everything_else() => Assert.Equal(
        ActionKind.SpeakToPerson,
        Decide(new FactsBuilder().TextOut(50).TextIn(2).Signal(SignalKind.WantsPerson, 2).Signal(SignalKind.CallbackRequest, 3)).Kind);

    [Fact]
    public void A_visit_is_confirmed_a_day_before_and_its_outcome_recorded_afterwards()
    {
        var visit = FactsBuilder.At(-20);
        var builder = new FactsBuilder().Talk(60).Is(LeadStatus.Appointment, 50, "person", visit);
        Assert.Equal((ActionKind.ConfirmAppointment, visit.AddHours(-24)), KindAndTime(Decide(builder)));
        Assert.Equal((ActionKind.RecordOutcome, visit.AddHours(1)), KindAndTime(NextActions.Decide(builder.Build(), visit.AddHours(2))));

        Assert.Equal(ActionKind.None, Decide(builder.TextOut(1)).Kind);
    }

    [Fact]
    public void A_promised_document_is_chased_when_its_time_has_come()
    {
        var due = FactsBuilder.At(5);
        var builder = new FactsBuilder().Talk(30).Is(LeadStatus.Engaged).Commit("Bring two pay stubs", isOurs: false, 30, due);

        var action = Decide(builder);

        Assert.Equal((ActionKind.ChaseDocument, due), KindAndTime(action));
        Assert.Contains("proof_of_income", action.Reason, StringComparison.Ordinal);
        builder.Document(DocumentKind.ProofOfIncome, DocumentState.Received);
        Assert.DoesNotContain("proof_of_income", Decide(builder).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_promise_of_the_dealership_is_kept()
    {
        var builder = new FactsBuilder().Talk(30).Is(LeadStatus.Engaged).Commit("Send the photos", isOurs: true, 30);
        Assert.Equal((ActionKind.KeepPromise, FactsBuilder.At(6)), KindAndTime(Decide(builder)));

        Assert.NotEqual(ActionKind.KeepPromise, Decide(builder.TextOut(10)).Kind);
    }

    [Fact]
    public void A_silent_lead_is_followed_up_less_and_less_often_and_then_left_alone()
    {
        var builder = new FactsBuilder().TextIn(200);
        var due = new List<DateTimeOffset?>();
        for (var i = 0; i < 5; i++)
        {
            builder.TextOut(190 - i);
            due.Add(Decide(builder).DueAt);
        }

        Assert.Equal([190 - 24, 189 - 48, 188 - 96, 187 - 168], due.Take(4).Select(time => (int)(FactsBuilder.Now - time!.Value).TotalHours));
        Assert.Equal(ActionKind.None, Decide(builder).Kind);
    }

    [Fact]
    public void Nothing_is_done_with_a_lead_that_must_not_be_contacted_or_has_no_number()
    {
        Assert.Equal(ActionKind.None, Decide(new FactsBuilder().TextIn(1).Is(LeadStatus.DoNotContact)).Kind);
        Assert.Equal(ActionKind.None, Decide(new FactsBuilder().TextIn(1).Unreachable()).Kind);
        Assert.Equal(ActionKind.None, Decide(new FactsBuilder().TextOut(60).TextIn(55).Is(LeadStatus.Lost, 50, "person")).Kind);
        Assert.Equal(ActionKind.AnswerText, Decide(new FactsBuilder().TextOut(60).TextIn(5).Is(LeadStatus.Lost, 50, "person")).Kind);
    }

    [Fact]
    public void The_order_of_priorities_does_not_change_while_time_passes()
    {
        var text = Zero(new FactsBuilder().TextOut(50).TextIn(2), 10);
        var followUp = Zero(new FactsBuilder().TextIn(99).TextOut(98), 90);
        Assert.True(text < followUp);

        foreach (var days in Enumerable.Range(0, 30))
        {
            var later = FactsBuilder.Now.AddDays(days);
            Assert.True(Priority.Compute(text, later) > Priority.Compute(followUp, later));
        }

        static DateTimeOffset Zero(FactsBuilder builder, int score) => Priority.FindZero(Decide(builder), score)!.Value;
    }

    [Fact]
    public void The_reasons_of_a_priority_add_up_to_it()
    {
        var action = Decide(new FactsBuilder().TextOut(50).TextIn(20));

        var reasons = Priority.Explain(action, 37, FactsBuilder.Now);

        Assert.Equal(Priority.Compute(Priority.FindZero(action, 37)!.Value, FactsBuilder.Now), reasons.Sum(reason => reason.Points), 0.11);
    }

    [Fact]
    public void Funding_is_ready_only_when_every_document_and_fact_is_there()
    {
        var builder = new FactsBuilder().Talk(1);
        Assert.Equal(Readiness.NotReady, FundingReadiness.Of(builder.Build()).Readiness);
        Assert.Equal(7, FundingReadiness.Of(builder.Build()).Missing.Count);

        builder.Commit("I'll bring my license and proof of insurance", isOurs: false, 1);
        var promised = FundingReadiness.Of(builder.Build());
        Assert.Equal(Readiness.NotReady, promised.Readiness);
        Assert.Equal(["identity", "insurance"], promised.Items.Where(item => item.State == DocumentState.Promised).Select(item => item.Name));

        builder.Document(DocumentKind.Identity, DocumentState.Verified, 0.5);
        Assert.Equal(Readiness.Partial, FundingReadiness.Of(builder.Build()).Readiness);

        foreach (var kind in Enum.GetValues<DocumentKind>())
        {
            builder.Document(kind, DocumentState.Received, 0.5);
        }

        Assert.Equal(Readiness.Partial, FundingReadiness.Of(builder.Build()).Readiness);
        builder.Knows(ProfileFields.MonthlyIncome, new MoneyValue(3200)).Knows(ProfileFields.Employer, new TextValue("Acme"))
            .Knows(ProfileFields.TradeIn, new TradeInValue(false, null));
        Assert.Equal(["money_down"], FundingReadiness.Of(builder.Build()).Missing);

        builder.Knows(ProfileFields.DownPayment, new MoneyValue(500));
        Assert.Equal(Readiness.Ready, FundingReadiness.Of(builder.Build()).Readiness);
    }

    [Fact]
    public void A_promise_after_a_document_was_sent_back_counts_again()
    {
        var facts = new FactsBuilder().Document(DocumentKind.ProofOfIncome, DocumentState.Missing, 5)
            .Commit("Bring a newer pay stub", isOurs: false, 2).Build();

        Assert.Equal(DocumentState.Promised, FundingReadiness.Of(facts).Items[0].State);
    }

    [Fact]
    public void One_call_that_both_providers_reported_is_one_contact()
    {
        var at = FactsBuilder.Now;
        StoredCall[] calls = [new("CA1", at, "inbound", "completed", 42, "human"), new("CA2", at, "outbound-api", "busy", null, null)];
        StoredTalk[] talks = [new("conv_1", "CA1", at, "inbound", "answered", 40, true), new("conv_2", null, at, "outbound", "voicemail", 10, false)];
        StoredFailure[] failures = [new("conv_3", "CA2", at), new("conv_4", null, at)];

        var contacts = CallContacts.Join(calls, talks, failures).ToDictionary(contact => contact.Reference);

        Assert.Equal(["CA1", "CA2", "conv_2", "conv_4"], contacts.Keys.Order(StringComparer.Ordinal));
        Assert.True(contacts["CA1"].IsConversation);
        Assert.Equal(ContactOutcome.Voicemail, contacts["conv_2"].Outcome);
        Assert.Equal(ContactOutcome.NotReached, contacts["CA2"].Outcome);
    }

    private static NextAction Decide(FactsBuilder builder) => NextActions.Decide(builder.Build(), FactsBuilder.Now);

    private static (ActionKind Kind, DateTimeOffset? DueAt) KindAndTime(NextAction action) => (action.Kind, action.DueAt);
}
