using JackAutomotive.Analysis.Phrases;
using JackAutomotive.Analysis.Times;
namespace JackAutomotive.Analysis.ActionItems;
internal static class Probe
{
    public static string Show(string line)
    {
        var role = line[0] == 'A' ? TurnRole.Agent : TurnRole.User;
        var words = WordReader.Read(line[2..]).ToArray();
        var times = TimeReader.Find(words, new NodaTime.LocalDateTime(2026, 3, 4, 10, 30));
        var st = StatementFinder.Find(words, role);
        return $"{line}\n   words {string.Join(' ', words.Select(w => w.Text))}\n   reply {ReplyReader.Read(words)} withdraws {ReplyReader.Withdraws(words)} cannot {ReplyReader.CannotCome(words)}\n   times {string.Join(" | ", times.Select(t => $"{t.Due:ddd MM-dd HH:mm} d{t.HasDate} c{t.HasClock}"))}\n   {string.Join("\n   ", st.Select(s => $"{s.Kind} {s.Owner} {s.Mood} neg={s.IsNegated} '{string.Join(' ', words[s.FirstWord..s.EndWord].Select(w => w.Text))}'"))}";
    }
}
