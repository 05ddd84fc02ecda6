using System.Collections.Frozen;
using System.Globalization;
using JackAutomotive.Analysis.Phrases;
using NodaTime;

namespace JackAutomotive.Analysis.Times;

/// <summary>A day, or a span of days, as it was said.</summary>
/// <param name="Date">The day. Of a span the day that stands for it.</param>
/// <param name="Default">The time of the day when the words name none. Null leaves the choice to the reader of the whole expression.</param>
/// <param name="EndWord">The index behind the last word.</param>
internal readonly record struct DatePart(LocalDate Date, LocalTime? Default, int EndWord);

/// <summary>Reads a day: "tomorrow", "next Friday", "the 15th", "March 3rd", "this weekend", "end of the month".</summary>
internal static class DateReader
{
    private static readonly LocalTime s_noon = new(12, 0);

    private static readonly FrozenDictionary<string, IsoDayOfWeek> s_weekdays = WordMap.ReadWeekdays("""
        Monday: monday lunes
        Tuesday: tuesday tues tuesdy martes
        Wednesday: wednesday weds wensday wendsday miercoles
        Thursday: thursday thurs thur thrusday jueves
        Friday: friday viernes
        Saturday: saturday saterday sabado
        Sunday: sunday domingo
        """);

    // These are also words of other meanings, so a preposition or a time has to stand beside them.
    private static readonly FrozenDictionary<string, IsoDayOfWeek> s_shortWeekdays = WordMap.ReadWeekdays("""
        Monday: mon
        Tuesday: tue
        Wednesday: wed
        Thursday: thu
        Friday: fri
        Saturday: sat
        Sunday: sun
        """);

    private static readonly FrozenDictionary<string, int> s_months = WordMap.ReadNumbers("""
        1: january jan enero
        2: february feb febrero
        3: march marzo
        4: april apr abril
        5: may mayo
        6: june jun junio
        7: july jul julio
        8: august aug agosto
        9: september sept sep septiembre
        10: october oct octubre
        11: november nov noviembre
        12: december dec diciembre
        """);

    // After an ordinal these words show that no day of a month is meant: "the first payment", "my 2nd car".
    private static readonly FrozenSet<string> s_counted = FrozenSet.Create(
        "payment", "payments", "time", "times", "car", "one", "owner", "gear", "job", "floor", "row", "street", "st", "ave", "place", "option", "truck",
        "choice", "text", "call", "message", "person", "thing", "month", "week", "year", "half", "party", "opinion", "avenue", "light", "exit", "try");

    private static readonly FrozenSet<string> s_dayCues = FrozenSet.Create(
        "on", "by", "before", "after", "until", "till", "this", "next", "or", "for", "el", "coming", "about", "around");

    /// <summary>Reads the day at <paramref name="at"/>, as said on <paramref name="today"/>.</summary>
    public static DatePart? Read(ReadOnlySpan<Word> words, int at, LocalDate today) =>
        ReadDay(words, at, today) ?? ReadWeekday(words, at, today) ?? ReadSpan(words, at, today) ?? ReadDayOfMonth(words, at, today) ?? ReadHoliday(words, at, today);

    /// <summary>Whether <paramref name="word"/> is the full name of a weekday.</summary>
    public static bool IsWeekday(string word) => s_weekdays.ContainsKey(word);

    private static string WordAt(ReadOnlySpan<Word> words, int at) => at >= 0 && at < words.Length ? words[at].Text : "";

    private static bool Follows(ReadOnlySpan<Word> words, int at, string phrase)
    {
        foreach (var range in phrase.AsSpan().Split(' '))
        {
            if (!WordAt(words, at).AsSpan().SequenceEqual(phrase.AsSpan(range)))
            {
                return false;
            }

            at++;
        }

        return true;
    }

    private static DatePart? ReadDay(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        return words[at].Text switch
        {
            "today" or "hoy" => new DatePart(today, null, at + 1),
            "later" when WordAt(words, at + 1) is "today" => new(today, null, at + 2),
            "tomorrow" => new(today.PlusDays(1), s_noon, at + 1),
            "manana" when WordAt(words, at - 1) is not "la" and not "de" => new(today.PlusDays(1), s_noon, at + 1),
            "pasado" when WordAt(words, at + 1) is "manana" => new(today.PlusDays(2), s_noon, at + 2),
            "day" when Follows(words, at, "day after tomorrow") => new(today.PlusDays(2), s_noon, at + 3),
            "a" when Follows(words, at, "a week from") && ReadDayOrWeekday(words, at + 3, today) is { } day => day with { Date = day.Date.PlusDays(7) },
            "two" or "2" when Follows(words, at + 1, "weeks from") && ReadDayOrWeekday(words, at + 3, today) is { } later => later with { Date = later.Date.PlusDays(14) },
            _ => null,
        };
    }

    private static DatePart? ReadDayOrWeekday(ReadOnlySpan<Word> words, int at, LocalDate today) =>
        at >= words.Length ? null : ReadDay(words, at, today) ?? ReadWeekday(words, at, today);

    private static DatePart? ReadWeekday(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        // "next Friday", "this coming Friday", "Friday of next week", "el lunes que viene", "next week Friday".
        var (start, isNext, isThis) = (at, false, false);
        while (WordAt(words, start) is "next" or "this" or "coming" or "proximo" or "este")
        {
            isNext |= words[start].Text is "next";
            isThis |= words[start].Text is "this";
            start++;
        }

        if (isNext && WordAt(words, start) is "week" && IsWeekday(WordAt(words, start + 1)))
        {
            start++;
        }
        else if (isNext && Follows(words, start, "week on") && IsWeekday(WordAt(words, start + 2)))
        {
            start += 2;
        }

        var name = WordAt(words, start);
        if (!s_weekdays.TryGetValue(name, out var weekday)
            && !(s_shortWeekdays.TryGetValue(name, out weekday) && (start > at || HasDayCue(words, start))))
        {
            return null;
        }

        var end = start + 1;
        var isNextWeek = isNext && WordAt(words, start - 1) is not "coming";
        if (Follows(words, end, "of next week"))
        {
            (isNextWeek, end) = (true, end + 3);
        }
        else if (Follows(words, end, "next week"))
        {
            (isNextWeek, end) = (true, end + 2);
        }

        var coming = isThis && today.DayOfWeek == weekday ? today : today.Next(weekday);
        var date = isNextWeek ? MondayOf(today).PlusWeeks(1).PlusDays((int)weekday - 1) : coming;
        if (WordAt(words, end) is "week" && WordAt(words, end + 1) is not "end" and not "ends")
        {
            (date, end) = (date.PlusDays(7), end + 1);
        }

        // "Friday the 13th": the weekday leads, the number confirms.
        if (WordAt(words, end) is "the" or "el" && Numbers.ReadOrdinal(WordAt(words, end + 1)) is { } dayOfMonth)
        {
            return new(DayOfMonth(today, dayOfMonth) ?? date, s_noon, end + 2);
        }

        return new(date, s_noon, end);
    }

    private static bool HasDayCue(ReadOnlySpan<Word> words, int at)
    {
        var next = WordAt(words, at + 1);
        return s_dayCues.Contains(WordAt(words, at - 1)) || next is "at" or "morning" or "afternoon" or "evening" or "night" or "after" or "before" or "noon"
            || (next.Length > 0 && char.IsDigit(next[0]));
    }

    private static DatePart? ReadSpan(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        var word = words[at].Text;
        if (word is "early" or "beginning" or "start" or "first" or "end" or "middle" or "mid" or "later" or "late" or "fin" or "finales")
        {
            return ReadPartOfSpan(words, at, today);
        }

        var isNext = word is "next" or "following";
        var start = isNext || word is "this" or "the" or "over" or "este" or "la" ? at + 1 : at;
        if (WordAt(words, start) is "the" && start > at)
        {
            start++;
        }

        switch (WordAt(words, start))
        {
            case "weekend":
                return new(ComingSunday(today).PlusDays(isNext ? 7 : 0), LocalTime.Midnight, start + 1);
            case "fin" when Follows(words, start, "fin de semana"):
                return new(ComingSunday(today), LocalTime.Midnight, start + 3);
            case "week" when isNext:
                return new(MondayOf(today).PlusDays(9), s_noon, start + 1);
            case "week" when word is "this" && at > 0 && words[at - 1].Text is "later" or "sometime":
                return new(Friday(today), s_noon, start + 1);
            case "semana" when Follows(words, start, "semana que viene"):
                return new(MondayOf(today).PlusDays(9), s_noon, start + 3);
            case "proxima" when Follows(words, start, "proxima semana"):
                return new(MondayOf(today).PlusDays(9), s_noon, start + 2);
            case "month" when isNext:
                var next = today.PlusMonths(1);
                return new(new LocalDate(next.Year, next.Month, 15), s_noon, start + 1);
            default:
                return null;
        }
    }

    // "end of the month", "early next week", "middle of next week", "beginning of the month", "later this week", "fin de mes".
    private static DatePart? ReadPartOfSpan(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        var word = words[at].Text;
        var isEnd = word is "end" or "late" or "later" or "fin" or "finales";
        var isStart = word is "early" or "beginning" or "start" or "first";
        var start = at + 1;
        while (WordAt(words, start) is "of" or "the" or "part" or "de" or "in" or "-")
        {
            start++;
        }

        var isNext = WordAt(words, start) is "next";
        if (isNext || WordAt(words, start) is "this")
        {
            start++;
        }

        switch (WordAt(words, start))
        {
            case "week" when isNext || word is not "first":
                var monday = MondayOf(today).PlusDays(isNext ? 7 : 0);
                return new(isEnd ? (isNext ? monday.PlusDays(4) : Friday(today)) : monday.PlusDays(isStart ? 0 : 2), s_noon, start + 1);
            case "month" or "mes":
                var month = today.PlusMonths(isNext || (isStart && today.Day > 1) ? 1 : 0);
                var day = isEnd ? month.Calendar.GetDaysInMonth(month.Year, month.Month) : isStart ? 1 : 15;
                return new(new LocalDate(month.Year, month.Month, day), s_noon, start + 1);
            case var name when s_months.TryGetValue(name, out var number) && WordAt(words, at + 1) is "of":
                var year = number < today.Month ? today.Year + 1 : today.Year;
                var last = CalendarSystem.Iso.GetDaysInMonth(year, number);
                return new(new LocalDate(year, number, isEnd ? last : isStart ? 1 : 15), s_noon, start + 1);
            default:
                return null;
        }
    }

    // "the 15th", "March 15", "15th of March", "3/15", "el 15 de marzo".
    private static DatePart? ReadDayOfMonth(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        var word = words[at].Text;
        if (s_months.TryGetValue(word, out var month))
        {
            return ReadDayNumber(WordAt(words, at + 1)) is { } number && (word is not "may" and not "march" || at + 1 < words.Length)
                && DayOfYear(today, month, number) is { } date
                ? new(date, s_noon, at + 2)
                : null;
        }

        if (word.Contains('/', StringComparison.Ordinal))
        {
            return ReadSlashes(word, today) is { } written ? new(written, s_noon, at + 1) : null;
        }

        var start = word is "the" or "el" ? at + 1 : at;
        var isAnnounced = start > at || WordAt(words, at - 1) is "on" or "by" or "until" or "till" or "before" or "after" or "since";
        var day = Numbers.ReadOrdinal(WordAt(words, start))
            ?? (word is "el" && Numbers.Read(WordAt(words, start)) is >= 1 and <= 31 and var plain ? plain : null);
        if (day is null)
        {
            return null;
        }

        var next = WordAt(words, start + 1);
        if (next is "of" or "de" && s_months.TryGetValue(WordAt(words, start + 2), out var named))
        {
            return DayOfYear(today, named, day.Value) is { } date ? new(date, s_noon, start + 3) : null;
        }

        if (next is "of" or "de" && WordAt(words, start + 2) is "the" or "next" or "this" && WordAt(words, start + 3) is "month")
        {
            var from = WordAt(words, start + 2) is "next" ? new LocalDate(today.Year, today.Month, 1).PlusMonths(1).PlusDays(-1) : today;
            return DayOfMonth(from, day.Value) is { } date ? new(date, s_noon, start + 4) : null;
        }

        var isSpelled = !char.IsDigit(WordAt(words, start)[0]);
        if (!isAnnounced || s_counted.Contains(next) || (isSpelled && next.Length > 0 && !IsEnd(next)) || (day < 4 && WordAt(words, at - 1) is "at" or "for"))
        {
            return null;
        }

        return DayOfMonth(today, day.Value) is { } coming ? new(coming, s_noon, start + 1) : null;
    }

    private static bool IsEnd(string word) =>
        word is "." or "," or "?" or "!" or ";" or "and" or "or" or "at" or "when" or "if" or "so" or "because" or "then" or "for" or "in" or "please";

    private static DatePart? ReadHoliday(ReadOnlySpan<Word> words, int at, LocalDate today)
    {
        var (month, day, length) = words[at].Text switch
        {
            "christmas" when WordAt(words, at + 1) is "eve" => (12, 24, 2),
            "christmas" or "xmas" or "navidad" => (12, 25, 1),
            "new" when WordAt(words, at + 1) is "year's" or "years" && WordAt(words, at + 2) is "eve" => (12, 31, 3),
            "new" when WordAt(words, at + 1) is "year's" or "years" or "year" => (1, 1, 2),
            "halloween" => (10, 31, 1),
            "valentine's" => (2, 14, 1),
            _ => (0, 0, 0),
        };
        return length > 0 && DayOfYear(today, month, day) is { } date ? new(date, s_noon, at + length) : null;
    }

    private static int? ReadDayNumber(string word) =>
        Numbers.ReadOrdinal(word) ?? (word.Length is 1 or 2 && Numbers.Read(word) is >= 1 and <= 31 and var day && char.IsDigit(word[0]) ? day : null);

    private static LocalDate? ReadSlashes(string word, LocalDate today)
    {
        var parts = word.Split('/');
        if (parts.Length is not 2 and not 3 || !TryRead(parts[0], out var month) || !TryRead(parts[1], out var day) || day < 5 && parts.Length == 2 && month < 4)
        {
            return null;
        }

        return DayOfYear(today, month, day);
    }

    private static bool TryRead(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // The next time that the month has this day, from today on.
    private static LocalDate? DayOfMonth(LocalDate today, int day)
    {
        for (var months = 0; months < 3; months++)
        {
            var month = today.PlusMonths(months);
            if (day <= CalendarSystem.Iso.GetDaysInMonth(month.Year, month.Month) && new LocalDate(month.Year, month.Month, day) is var date && date >= today)
            {
                return date;
            }
        }

        return null;
    }

    private static LocalDate? DayOfYear(LocalDate today, int month, int day)
    {
        for (var year = today.Year; month is >= 1 and <= 12 && year <= today.Year + 1; year++)
        {
            if (day >= 1 && day <= CalendarSystem.Iso.GetDaysInMonth(year, month) && new LocalDate(year, month, day) is var date && date >= today)
            {
                return date;
            }
        }

        return null;
    }

    private static LocalDate MondayOf(LocalDate day) => day.PlusDays(1 - (int)day.DayOfWeek);

    private static LocalDate Friday(LocalDate today) => today.DayOfWeek <= IsoDayOfWeek.Friday ? MondayOf(today).PlusDays(4) : today.Next(IsoDayOfWeek.Friday);

    private static LocalDate ComingSunday(LocalDate today) => today.Next(IsoDayOfWeek.Sunday);
}
