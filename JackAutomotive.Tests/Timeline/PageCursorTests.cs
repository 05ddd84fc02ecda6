using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Timeline;
using JackAutomotive.WebhookApi.Timeline.Entries;
using JackAutomotive.WebhookApi.Timeline.Labels;
using JackAutomotive.WebhookApi.Timeline.List;

namespace JackAutomotive.Tests.Timeline;

/// <summary>What clients hand in: cursors, labels and query parameters.</summary>
public sealed class PageCursorTests
{
    [Property]
    public void A_place_in_a_timeline_survives_its_cursor(uint seconds, string? key)
    {
        var storable = string.Concat((key ?? "").Where(c => c != '\0' && !char.IsSurrogate(c) && c != '\uFFFD'));
        var place = new TimelinePlace(DateTimeOffset.UnixEpoch.AddSeconds(seconds), "text", storable);

        Assert.Equal(place, TimelinePlace.TryParse(place.ToCursor()));
    }

    [Property]
    public void A_place_in_a_list_survives_its_cursor(uint seconds, Guid lead)
    {
        var time = DateTimeOffset.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss.ffffffzzz");
        var query = LeadCriteriaReader.Read(
            [new("before", LeadCriteriaReader.WritePlace(LeadSort.LastContact, time, new LeadId(lead))), new("sort", "lastContact")], out _, out var errors);

        Assert.Empty(errors);
        Assert.Equal((time, new LeadId(lead)), query.After);
    }

    [Property]
    public void Any_text_is_a_cursor_or_none_without_an_error(string? text)
    {
        TimelinePlace.TryParse(text ?? "");
        foreach (var parts in new[] { 0, 1, 2, 3 })
        {
            PageCursor.TryRead(text ?? "", parts);
        }
    }

    [Theory]
    [InlineData("bnVsbA")] // null
    [InlineData("W251bGwsbnVsbCxudWxsXQ")] // [null,null,null]
    [InlineData("WyJhXHUwMDAwIiwiYiIsImMiXQ")] // a NUL in a part
    [InlineData("WyJcdWQ4MDAiLCJiIiwiYyJd")] // half of a surrogate pair in a part
    [InlineData("WzEsMiwzXQ")] // [1,2,3]
    public void Valid_base64_that_is_no_cursor_is_refused(string text) => Assert.Null(PageCursor.TryRead(text, 3));

    [Property]
    public void Every_parameter_is_read_or_refused_by_name(string? name, string? value)
    {
        LeadCriteriaReader.Read([new($"x{name}", value ?? "")], out _, out var errors);
        Assert.Equal([$"x{name}"], errors.Keys);

        foreach (var known in LeadCriteria.All.Select(criterion => criterion.Name).Append("q").Append("before"))
        {
            LeadCriteriaReader.Read([new(known, value ?? "")], out _, out var wrong);
            Assert.Subset(new HashSet<string> { known }, wrong.Keys.ToHashSet());
        }
    }

    [Property]
    public void The_spelling_of_a_label_is_final(string? text)
    {
        if (LabelName.TryParse(text ?? "", out var label))
        {
            Assert.True(LabelName.TryParse(label, out var again));
            Assert.Equal(label, again);
        }
    }

    [Theory]
    [InlineData("0123", "0123")]
    [InlineData("(202) 555-0123", "2025550123")]
    [InlineData("+1 202", "1202")]
    [InlineData("12", null)]
    [InlineData("f150", null)]
    [InlineData("blue pickup", null)]
    public void Digits_without_letters_may_be_the_end_of_a_number(string text, string? digits) =>
        Assert.Equal(digits, LeadSearch.FindLastDigits(text));
}
