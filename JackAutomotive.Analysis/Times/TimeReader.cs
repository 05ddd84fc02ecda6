using System.Collections.Frozen;
using JackAutomotive.Analysis.Phrases;
using NodaTime;

namespace JackAutomotive.Analysis.Times;

/// <summary>
/// Finds the times that a turn names and resolves them from the moment when the turn was said. A vague time becomes the start or the
/// middle of its span: "morning" is 09:00, "afternoon" 14:30, a day without a time 12:00.
/// </summary>
internal static class TimeReader
{
    private static readonly LocalTime s_morning = new(9, 0);
    private static readonly LocalTime s_noon = new(12, 0);
    private static readonly LocalTime s_afternoon = new(14, 30);
    private static readonly LocalTime s_evening = new(18, 0);
    private static readonly LocalTime s_endOfDay = new(20, 0);

    // Words that may stand between the parts of one time.
    private static readonly FrozenSet<string> s_connectors = FrozenSet.Create(
        "at", "on", "the", "in", "around", "about", "after", "before", "by", "a", "las", "la", "de", "despues", "antes", "por", "en", "el", ",", "like", "maybe", "say",
        "sometime", "any", "time", "anytime", "or", "so", "between", "from", "para", "como", "right", "early", "late", "that", "say", "is", "-", "probably");

    // A number behind one of these words is an hour.
    private static readonly FrozenSet<string> s_hourCues = FrozenSet.Create(
        "at", "around", "about", "by", "after", "before", "till", "til", "until", "between", "from", "las", "past", "do", "say");

    /// <summary>Returns the times in <paramref name="words"/> in order, as said at <paramref name="saidAt"/>.</summary>
    public static List<TimeExpression> Find(ReadOnlySpan<Word> words, LocalDateTime saidAt)
    {
        var found = new List<TimeExpression>();
        for (var at = 0; at < words.Length; at++)
        {
            if (ReadAt(words, at, saidAt) is { } expression)
            {
                found.Add(expression);
                at = expression.EndWord - 1;
            }
        }

        return found;
    }

    private static TimeExpression? ReadAt(ReadOnlySpan<Word> words, int start, LocalDateTime saidAt)
    {
        if (words[start].IsMark)
        {
            return null;
        }

        if (ReadOffset(words, start, saidAt) is { } offset)
        {
            return offset;
        }

        var parts = default(Parts);
        var at = start;
        var end = start;
        while (at < words.Length)
        {
            if (ReadPart(words, at, saidAt.Date, ref parts) is { } next)
            {
                (at, end) = (next, next);
            }
            else if (end > start && at - end < 3 && s_connectors.Contains(words[at].Text))
            {
                at++;
            }
            else
            {
                break;
            }
        }

        return end > start ? new(start, end, Resolve(parts, saidAt), parts.Date is not null || parts.IsToday, parts.Clock is not null || parts.DayTime is not null) : null;
    }

    // Reads one part at the position and returns the index behind it, or null. A part that is there already is not read again.
    private static int? ReadPart(ReadOnlySpan<Word> words, int at, LocalDate today, ref Parts parts)
    {
        if (ReadDayTime(words, at, ref parts) is { } afterDayTime)
        {
            return afterDayTime;
        }

        if (parts.Date is null && DateReader.Read(words, at, today) is { } date)
        {
            parts.IsAfterDate = at > 0 && words[at - 1].Text is "after" or "despues";
            parts.Date = date;
            return date.EndWord;
        }

        var isExpected = at > 0 && (s_hourCues.Contains(words[at - 1].Text) || (parts.Date is not null && words[at - 1].Text is not "the"))
            || NamesDay(words, at + 1);
        if (parts.Clock is null && ClockReader.Read(words, at, isExpected) is { } clock)
        {
            parts.Clock = clock;
            return clock.EndWord;
        }

        return null;
    }

    // "five tomorrow", "10 Tuesday".
    private static bool NamesDay(ReadOnlySpan<Word> words, int at) =>
        at < words.Length && (words[at].Text is "tomorrow" or "today" or "tonight" or "manana" || DateReader.IsWeekday(words[at].Text));

    private static int? ReadDayTime(ReadOnlySpan<Word> words, int at, ref Parts parts)
    {
        if (parts.DayTime is not null)
        {
            return null;
        }

        var word = words[at].Text;
        var before = at > 0 ? words[at - 1].Text : "";
        var next = at + 1 < words.Length ? words[at + 1].Text : "";
        var (time, half, length) = word switch
        {
            "morning" or "mornings" when before is not "good" => (s_morning, 'a', 1),
            "manana" when before is "la" => (s_morning, 'a', 1),
            "afternoon" when before is not "good" => (s_afternoon, 'p', 1),
            "tarde" when before is "la" or "esta" => (s_afternoon, 'p', 1),
            "evening" when before is not "good" => (s_evening, 'p', 1),
            "night" when before is not "good" and not "last" => (s_evening, 'p', 1),
            "noche" when before is "la" or "esta" => (s_evening, 'p', 1),
            "tonight" => (s_evening, 'p', 1),
            "eod" or "cob" => (s_endOfDay, 'p', 1),
            "end" when next is "of" && DaysFollow(words, at + 2, out var count) => (s_endOfDay, 'p', 2 + count),
            "close" when next is "of" && at + 2 < words.Length && words[at + 2].Text is "business" => (s_endOfDay, 'p', 3),
            "first" when next is "thing" => (s_morning, 'a', 2),
            _ => (default, ' ', 0),
        };
        if (length == 0)
        {
            return null;
        }

        (parts.DayTime, parts.Half) = (time, half);
        parts.IsToday = parts.IsToday || word is "tonight" || before is "this" or "esta" or "later";
        parts.IsNextMorning = word is "morning" && !parts.IsToday;
        if (word is "first" && at + 4 < words.Length && words[at + 2].Text is "in" && words[at + 4].Text is "morning")
        {
            parts.IsNextMorning = true;
            return at + 5;
        }

        return at + length;
    }

    private static bool DaysFollow(ReadOnlySpan<Word> words, int at, out int count)
    {
        count = at < words.Length && words[at].Text is "the" ? 2 : 1;
        return at + count - 1 < words.Length && words[at + count - 1].Text is "day" or "business";
    }

    // "in an hour", "in a couple of hours", "20 minutes from now", "in two weeks", "en una hora".
    private static TimeExpression? ReadOffset(ReadOnlySpan<Word> words, int start, LocalDateTime saidAt)
    {
        var isAnnounced = words[start].Text is "in" or "within" or "en" or "dentro";
        var at = start + (isAnnounced ? 1 : 0);
        while (at < words.Length && words[at].Text is "about" or "like" or "maybe" or "de" or "another" or "around" or "the" or "next" && at - start < 4)
        {
            at++;
        }

        var (amount, end) = ReadAmount(words, at);
        if (amount is null || end >= words.Length)
        {
            return null;
        }

        var due = words[end].Text switch
        {
            "minute" or "minutes" or "minutos" or "minuto" => saidAt.Plus(Period.FromTicks((long)(amount.Value * NodaConstants.TicksPerMinute))),
            "hour" or "hours" or "hora" or "horas" => saidAt.Plus(Period.FromTicks((long)(amount.Value * NodaConstants.TicksPerHour))),
            "day" or "days" or "dia" or "dias" => saidAt.Date.PlusDays((int)amount.Value) + s_noon,
            "week" or "weeks" or "semana" or "semanas" => saidAt.Date.PlusWeeks((int)amount.Value) + s_noon,
            "month" or "months" or "mes" or "meses" => saidAt.Date.PlusMonths((int)amount.Value) + s_noon,
            _ => (LocalDateTime?)null,
        };
        end++;
        if (end + 2 < words.Length && words[end].Text is "and" && words[end + 1].Text is "a" && words[end + 2].Text is "half")
        {
            // "an hour and a half"
            due = words[end - 1].Text is "hour" or "hours" ? due?.PlusMinutes(30) : due;
            end += 3;
        }

        var isFromNow = end + 1 < words.Length && words[end].Text is "from" && words[end + 1].Text is "now" or "today";
        if (isFromNow)
        {
            end += 2;
        }

        return due is not null && (isAnnounced || isFromNow) ? new(start, end, due.Value, true, true) : null;
    }

    // "a couple of", "half an", "an hour and a half" is not an amount on its own; "20", "two", "a few".
    private static (double? Amount, int End) ReadAmount(ReadOnlySpan<Word> words, int at)
    {
        if (at >= words.Length)
        {
            return (null, at);
        }

        var second = at + 1 < words.Length ? words[at + 1].Text : "";
        return words[at].Text switch
        {
            "half" or "media" => (0.5, second is "an" or "a" ? at + 2 : at + 1),
            "a" when second is "couple" or "few" => (second is "couple" ? 2 : 3, at + 2 < words.Length && words[at + 2].Text is "of" ? at + 3 : at + 2),
            "couple" or "few" => (words[at].Text is "couple" ? 2 : 3, second is "of" ? at + 2 : at + 1),
            "hour" or "hora" => (1, at),
            "twenty" or "thirty" or "forty" or "fifty" when Numbers.Read(second) is >= 1 and <= 9 and var unit => (Numbers.Read(words[at].Text) + unit, at + 2),
            var word => (Numbers.Read(word), at + 1),
        };
    }

    private static LocalDateTime Resolve(Parts parts, LocalDateTime saidAt)
    {
        var date = parts.Date?.Date ?? saidAt.Date;
        var time = ResolveTime(parts, saidAt, parts.Date is null || date == saidAt.Date);
        if (parts.Date is { } named)
        {
            if (time is not null)
            {
                // A weekend stands for its middle. A time of the day on the weekend is on its first day.
                return (named.Default == LocalTime.Midnight ? date.PlusDays(-1) : date) + time.Value;
            }

            if (parts.IsAfterDate)
            {
                return date.PlusDays(1) + s_morning;
            }

            return date + (named.Default ?? (saidAt.TimeOfDay < s_noon ? s_noon : s_endOfDay));
        }

        var isTomorrow = !parts.IsToday && (parts.IsNextMorning ? saidAt.TimeOfDay >= s_morning : time < saidAt.TimeOfDay);
        return (isTomorrow ? date.PlusDays(1) : date) + (time ?? s_noon);
    }

    private static LocalTime? ResolveTime(Parts parts, LocalDateTime saidAt, bool isToday)
    {
        if (parts.Clock is not { } clock)
        {
            return parts.DayTime;
        }

        if (!clock.IsAmbiguous)
        {
            return new(clock.Hour, clock.Minute);
        }

        var morning = new LocalTime(clock.Hour % 12, clock.Minute);
        var afternoon = new LocalTime((clock.Hour % 12) + 12, clock.Minute);
        return parts.Half switch
        {
            'a' => morning,
            'p' => afternoon,

            // A bare hour is within business hours. An hour that has passed today is the later one.
            _ when clock.Hour is 12 or <= 7 => afternoon,
            _ when isToday && parts.Date is not null && morning < saidAt.TimeOfDay => afternoon,
            _ => morning,
        };
    }

    private struct Parts
    {
        public DatePart? Date;
        public bool IsAfterDate;
        public Clock? Clock;
        public LocalTime? DayTime;
        public char Half;
        public bool IsToday;
        public bool IsNextMorning;
    }
}
