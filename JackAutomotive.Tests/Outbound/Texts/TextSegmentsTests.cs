using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.Tests.Outbound.Texts;

public sealed class TextSegmentsTests
{
    private const string Alphabet = "abc XYZ 0123 @£$¥èÇ\nØ\rΔΞÆß!¤¡ÄÑ§¿äöñüà";

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("a", 1, 1)]
    [InlineData("€", 1, 2)]
    [InlineData("[ok]", 1, 6)]
    public void A_short_text_of_the_GSM_alphabet_is_one_segment(string body, int segments, int septets)
    {
        var counted = TextSegments.Of(body);

        Assert.Equal((TextSegments.Gsm7, segments, septets), (counted.Encoding, counted.Count, counted.Units));
        Assert.Empty(counted.ForcedBy);
    }

    [Theory]
    [InlineData('a', 160, 1)]
    [InlineData('a', 161, 2)]
    [InlineData('a', 306, 2)]
    [InlineData('a', 307, 3)]
    [InlineData('€', 80, 1)]
    [InlineData('€', 81, 2)]
    [InlineData('€', 152, 2)]
    [InlineData('€', 153, 3)]
    [InlineData('ж', 70, 1)]
    [InlineData('ж', 71, 2)]
    [InlineData('ж', 134, 2)]
    [InlineData('ж', 135, 3)]
    public void Longer_texts_are_split_at_153_septets_or_67_code_units(char character, int count, int segments) =>
        Assert.Equal(segments, TextSegments.Of(new string(character, count)).Count);

    [Fact]
    public void No_part_ends_within_an_escaped_character_or_a_surrogate_pair()
    {
        // The 153rd septet would be the escape of the euro sign; the 67th code unit would be the first half of the emoji.
        Assert.Equal(2, TextSegments.Of(new string('a', 152) + "€" + new string('a', 151)).Count);
        Assert.Equal(3, TextSegments.Of(new string('a', 152) + "€" + new string('a', 152)).Count);
        Assert.Equal(2, TextSegments.Of(new string('ж', 66) + "😀" + new string('ж', 65)).Count);
        Assert.Equal(3, TextSegments.Of(new string('ж', 66) + "😀" + new string('ж', 66)).Count);
    }

    [Fact]
    public void The_characters_that_force_UCS_2_are_named_once_as_people_see_them()
    {
        var counted = TextSegments.Of("“Hi” 👩‍👧 – “ok”");

        Assert.Equal(TextSegments.Ucs2, counted.Encoding);
        Assert.Equal(["“", "”", "👩‍👧", "–"], counted.ForcedBy);
    }

    [Property(MaxTest = 300)]
    public void Each_character_counts_once_and_the_segments_have_room_for_all(int seed)
    {
        var random = new Random(seed);
        var body = new string(random.GetItems((Alphabet + "^{}[]~|€\\").AsSpan(), random.Next(0, 800)));
        var septets = body.Length + body.Count("^{}[]~|€\\".Contains);

        var counted = TextSegments.Of(body);

        Assert.Equal((TextSegments.Gsm7, septets), (counted.Encoding, counted.Units));
        Assert.True(septets <= 160 ? counted.Count == Math.Min(1, septets) : counted.Count >= (septets + 152) / 153);

        // At most one septet of each part is lost to an escape.
        Assert.True(septets <= 160 || counted.Count <= (septets + 151) / 152);
    }

    [Property(MaxTest = 300)]
    public void One_foreign_character_makes_every_character_count_as_code_units(int seed)
    {
        var random = new Random(seed);
        var body = new string(random.GetItems(Alphabet.AsSpan(), random.Next(0, 300))).Insert(0, "😀");

        var counted = TextSegments.Of(body);

        Assert.Equal((TextSegments.Ucs2, body.Length), (counted.Encoding, counted.Units));
        Assert.Equal(["😀"], counted.ForcedBy);
        Assert.True(body.Length <= 70 ? counted.Count == 1 : counted.Count >= (body.Length + 66) / 67);
    }

    [Theory]
    [InlineData("\ud800")]
    [InlineData("a\udc00b")]
    public void Half_of_a_surrogate_pair_is_counted_and_breaks_nothing(string body) => Assert.Equal(1, TextSegments.Of(body).Count);
}
