using NodaTime;

namespace JackAutomotive.Analysis.Times;

/// <summary>Words that name a time.</summary>
/// <param name="FirstWord">The index of the first word.</param>
/// <param name="EndWord">The index behind the last word.</param>
/// <param name="Due">The time that the words name, in the customer's time zone.</param>
/// <param name="HasDate">Whether the words name a day, and not only a time of the day.</param>
/// <param name="HasClock">Whether the words name a time of the day, and not only a day.</param>
internal readonly record struct TimeExpression(int FirstWord, int EndWord, LocalDateTime Due, bool HasDate, bool HasClock);
