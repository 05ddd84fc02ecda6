using System.Collections.Frozen;
using System.Globalization;
using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.Times;

/// <summary>A time of the day as it was said.</summary>
/// <param name="Hour">The hour. From 1 to 12 when <paramref name="IsAmbiguous"/>; otherwise from 0 to 23.</param>
/// <param name="Minute">The minute.</param>
/// <param name="IsAmbiguous">Whether the words leave open which half of the day is meant.</param>
/// <param name="EndWord">The index behind the last word.</param>
internal readonly record struct Clock(int Hour, int Minute, bool IsAmbiguous, int EndWord);

/// <summary>Reads a time of the day: "4", "4:30 pm", "half past ten", "noon".</summary>
internal static class ClockReader
{
    // A number before one of these words counts things and is no hour.
    private static readonly FrozenSet<string> s_units = FrozenSet.Create(
        "minutes", "minute", "hours", "hour", "days", "day", "weeks", "week", "months", "month", "years", "year", "percent", "%", "miles", "mile",
        "thousand", "hundred", "grand", "k", "dollars", "bucks", "payments", "payment", "people", "kids", "doors", "door", "seats", "seater", "cars",
        "cylinder", "horas", "minutos", "dias", "semanas", "meses", "anos", "mil", "of", "times", "more", "other", "different", "down", "points",
        "owners", "owner", "keys", "trucks", "stubs", "blocks", "apr");

    /// <summary>Reads the time at <paramref name="at"/>. A bare number counts as an hour only if <paramref name="isExpected"/>.</summary>
    public static Clock? Read(ReadOnlySpan<Word> words, int at, bool isExpected)
    {
        var first = words[at].Text;
        if (ReadNamed(words, at) is { } named)
        {
            return named;
        }

        if (ReadRelativeToHour(words, at) is { } relative)
        {
            return relative;
        }

        if (!TryReadHour(first, out var hour, out var minute, out var half, out var isWritten))
        {
            return null;
        }

        var end = at + 1;
        var isSure = isExpected || isWritten || half is not null;
        if (!isWritten && end < words.Length)
        {
            end = ReadMinutes(words, end, ref minute, ref isSure, isExpected);
        }

        end = ReadSuffix(words, end, ref half, ref isSure);
        if (!isSure || (!isWritten && half is null && end < words.Length && s_units.Contains(words[end].Text)))
        {
            return null;
        }

        return Complete(hour, minute, half, end);
    }

    private static Clock? Complete(int hour, int minute, char? half, int end)
    {
        if (hour > 23 || minute > 59 || (half is not null && hour is < 1 or > 12))
        {
            return null;
        }

        return half switch
        {
            'a' => new(hour % 12, minute, false, end),
            'p' => new((hour % 12) + 12, minute, false, end),
            _ => new(hour, minute, hour is >= 1 and <= 12, end),
        };
    }

    // "noon", "midday", "lunch", "midnight".
    private static Clock? ReadNamed(ReadOnlySpan<Word> words, int at)
    {
        return words[at].Text switch
        {
            "noon" or "noonish" or "midday" or "mediodia" or "lunchtime" => new Clock(12, 0, false, at + 1),
            "midnight" or "medianoche" => new(0, 0, false, at + 1),
            "lunch" when at > 0 && words[at - 1].Text is "at" or "around" or "during" or "over" or "about" => new(12, 0, false, at + (at + 1 < words.Length && words[at + 1].Text is "time" or "break" or "hour" ? 2 : 1)),
            "lunch" when at > 0 && words[at - 1].Text is "after" => new(13, 0, false, at + 1),
            "work" when at > 0 && words[at - 1].Text is "after" => new(17, 0, false, at + 1),
            _ => null,
        };
    }

    // "half past ten", "quarter after four", "quarter to five", "ten till four".
    private static Clock? ReadRelativeToHour(ReadOnlySpan<Word> words, int at)
    {
        if (at + 2 >= words.Length)
        {
            return null;
        }

        int? minutes = words[at].Text switch
        {
            "half" => 30,
            "quarter" => 15,
            "five" or "5" => 5,
            "ten" or "10" => 10,
            "twenty" or "20" => 20,
            _ => null,
        };
        if (minutes is null || Numbers.Read(words[at + 2].Text) is not (>= 1 and <= 12 and var hour) || words[at + 2].Text is "a" or "an")
        {
            return null;
        }

        var end = at + 3;
        char? half = null;
        var isSure = true;
        end = ReadSuffix(words, end, ref half, ref isSure);
        return words[at + 1].Text switch
        {
            "past" => Complete(hour, minutes.Value, half, end),
            "after" when minutes is 15 => Complete(hour, minutes.Value, half, end),
            "to" or "till" or "til" or "of" when minutes < 30 && (words[at].Text is "quarter" || words[at + 1].Text is not "of" and not "to" || at == 0
                || words[at - 1].Text is "at" or "around" or "about" or "by") => Complete(hour == 1 ? 12 : hour - 1, 60 - minutes.Value, half, end),
            _ => null,
        };
    }

    // "4", "4:30", "430pm", "16:30", "4pm", "4p", "5ish", "five".
    private static bool TryReadHour(string word, out int hour, out int minute, out char? half, out bool isWritten)
    {
        (hour, minute, half, isWritten) = (0, 0, null, false);
        var text = word.AsSpan();
        if (text.EndsWith("ish"))
        {
            text = text[..^3];
        }

        foreach (var suffix in (ReadOnlySpan<string>)["p.m", "a.m", "pm", "am", "p", "a"])
        {
            if (text.Length > suffix.Length && text.EndsWith(suffix) && char.IsDigit(text[text.Length - suffix.Length - 1]))
            {
                half = suffix[0];
                text = text[..^suffix.Length];
                break;
            }
        }

        var colon = text.IndexOf(':');
        if (colon > 0)
        {
            isWritten = true;
            return int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out hour)
                && text.Length - colon == 3 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out minute);
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            // "430pm" and "1030" are an hour and minutes. Without "am" or "pm" a number of that kind is a price or a year, unless it is expected.
            if (text.Length is 3 or 4)
            {
                (hour, minute) = (number / 100, number % 100);
                return half is not null && hour is >= 1 and <= 12 && minute < 60;
            }

            hour = number;
            return text.Length <= 2 && hour is >= 1 and <= 23;
        }

        if (word is "a" or "an" or "un")
        {
            return false;
        }

        hour = Numbers.Read(text.ToString()) ?? 0;
        return hour is >= 1 and <= 12;
    }

    // "ten thirty", "four fifteen", "a las 4 y media", "five forty five".
    private static int ReadMinutes(ReadOnlySpan<Word> words, int at, ref int minute, ref bool isSure, bool isExpected)
    {
        if (words[at].Text is "y" && at + 1 < words.Length && words[at + 1].Text is "media" or "cuarto")
        {
            minute = words[at + 1].Text is "media" ? 30 : 15;
            return at + 2;
        }

        var isTens = words[at].Text is "fifteen" or "thirty" or "forty" or "twenty" or "fifty" or "ten" or "30" or "15" or "45";
        if (!isTens || (!isExpected && words[at].Text is "ten" or "fifty" or "twenty"))
        {
            return at;
        }

        minute = Numbers.Read(words[at].Text) ?? int.Parse(words[at].Text, CultureInfo.InvariantCulture);
        isSure = isSure || words[at].Text is "thirty" or "fifteen";
        if (at + 1 < words.Length && words[at + 1].Text is "five" && minute is 40 or 20 or 50 or 30)
        {
            minute += 5;
            return at + 2;
        }

        return at + 1;
    }

    // "pm", "o'clock", "ish", "de la tarde".
    private static int ReadSuffix(ReadOnlySpan<Word> words, int at, ref char? half, ref bool isSure)
    {
        while (at < words.Length)
        {
            switch (words[at].Text)
            {
                case "am" or "a.m" or "pm" or "p.m":
                    half = words[at].Text[0];
                    isSure = true;
                    at++;
                    if (at < words.Length && words[at].Text == "." && words[at - 1].Text.Contains('.', StringComparison.Ordinal))
                    {
                        at++;
                    }

                    break;
                case "o'clock" or "oclock" or "ish":
                    isSure = true;
                    at++;
                    break;
                case "-" when at + 1 < words.Length && words[at + 1].Text is "ish":
                    at++;
                    break;
                case "o" when at + 1 < words.Length && words[at + 1].Text is "clock":
                    isSure = true;
                    at += 2;
                    break;
                case "de" when at + 2 < words.Length && words[at + 1].Text is "la" && words[at + 2].Text is "tarde" or "noche" or "manana":
                    half = words[at + 2].Text is "manana" ? 'a' : 'p';
                    isSure = true;
                    at += 3;
                    break;
                default:
                    return at;
            }
        }

        return at;
    }
}
