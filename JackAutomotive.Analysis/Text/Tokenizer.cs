using System.Globalization;
using System.Text;

namespace JackAutomotive.Analysis.Text;

/// <summary>Splits a text into normalised tokens. The time is linear in the length of the text.</summary>
internal sealed class Tokenizer(Vocabulary vocabulary, Normalizer normalizer, NameList names)
{
    /// <summary>Adds the tokens of <paramref name="text"/> to <paramref name="tokens"/>.</summary>
    public void Tokenize(string text, List<Token> tokens)
    {
        Span<char> folded = stackalloc char[Normalizer.LongestWord + 1];
        Span<int> ids = stackalloc int[16];
        var sentence = tokens.Count;
        var pending = TokenFlags.SentenceStart;
        var quoted = false;
        var i = 0;
        while (i < text.Length)
        {
            var c = text[i];
            if (char.IsLetter(c) || char.IsDigit(c) || c is '$' or '#' or '%')
            {
                var end = WordEnd(text, i);
                var length = Fold(text.AsSpan(i, end - i), folded);
                var flags = pending | Shape(text.AsSpan(i, end - i)) | (quoted ? TokenFlags.Quoted : 0);
                var count = normalizer.Normalize(folded[..length], ids);
                AddWord(tokens, ids[..count], i, end - i, flags, text);
                pending = TokenFlags.None;
                i = end;
                continue;
            }

            if (Letters.EndsSentence(c))
            {
                var mark = c;
                CloseSentence(tokens, sentence, mark);
                pending |= TokenFlags.SentenceStart;
                if (mark is '.' or '\n' or '…' || NextIsWord(text, i + 1))
                {
                    sentence = tokens.Count;
                }
            }
            else if (c is ',' or ';' or ':' or '-' or '–' or '—' or '(' or ')' or '/')
            {
                if (TryEmoticon(text, i, out var emoticon, out var size))
                {
                    tokens.Add(new Token(emoticon, i, size, pending));
                    pending = TokenFlags.None;
                    i += size;
                    continue;
                }

                pending |= TokenFlags.ClauseStart;
            }
            else if (c is '"' or '“' or '”')
            {
                quoted = c is '“' || (c is '"' && !quoted);
            }
            else if (c > 0x2000 && TryEmoji(text, i, out var emoji, out var emojiLength))
            {
                if (emoji != Vocabulary.Unknown)
                {
                    tokens.Add(new Token(emoji, i, emojiLength, pending & ~TokenFlags.SentenceStart));
                }

                i += emojiLength;
                continue;
            }
            else if (TryEmoticon(text, i, out var other, out var otherSize))
            {
                tokens.Add(new Token(other, i, otherSize, pending));
                pending = TokenFlags.None;
                i += otherSize;
                continue;
            }

            i++;
        }
    }

    private static bool NextIsWord(string text, int from)
    {
        for (var i = from; i < text.Length && i < from + 8; i++)
        {
            if (text[i] is '?' or '!')
            {
                return false;
            }

            if (char.IsLetterOrDigit(text[i]))
            {
                return true;
            }
        }

        return true;
    }

    private static void CloseSentence(List<Token> tokens, int from, char mark)
    {
        var flag = mark switch { '?' => TokenFlags.Question, '!' => TokenFlags.Exclamation, _ => TokenFlags.None };
        if (flag == TokenFlags.None)
        {
            return;
        }

        for (var i = tokens.Count - 1; i >= from && !tokens[i].Is(flag); i--)
        {
            tokens[i] = tokens[i] with { Flags = tokens[i].Flags | flag };
        }
    }

    private void AddWord(List<Token> tokens, ReadOnlySpan<int> ids, int start, int length, TokenFlags flags, string text)
    {
        for (var k = 0; k < ids.Length; k++)
        {
            var own = k == 0 ? flags : flags & ~(TokenFlags.SentenceStart | TokenFlags.ClauseStart);
            if (names.IsName(ids[k], text.AsSpan(start, length), own))
            {
                own |= TokenFlags.Name;
            }

            tokens.Add(new Token(ids[k], start, length, own));
        }
    }

    /// <summary>A word consists of letters, digits and single apostrophes or points inside it ("don't", "3.5", "$1,200", "o'clock").</summary>
    private static int WordEnd(string text, int start)
    {
        var i = start + 1;
        while (i < text.Length)
        {
            var c = text[i];
            if (char.IsLetter(c) || char.IsDigit(c) || c is '%' || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark)
            {
                i++;
            }
            else if (i + 1 < text.Length
                && ((Letters.IsApostrophe(c) && char.IsLetter(text[i + 1]))
                    || (c is '.' or ',' && char.IsDigit(text[i - 1]) && char.IsDigit(text[i + 1]))))
            {
                i += 2;
            }
            else if (c is '/' && i == start + 1 && text[start] is 'w' or 'W' && (i + 1 == text.Length || !char.IsDigit(text[i + 1])))
            {
                // "w/" is "with".
                return i + 1;
            }
            else
            {
                break;
            }
        }

        return i;
    }

    private static int Fold(ReadOnlySpan<char> word, Span<char> target)
    {
        var length = 0;
        foreach (var c in word)
        {
            if (char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark)
            {
                continue;
            }

            if (length == target.Length)
            {
                break;
            }

            target[length++] = Letters.IsApostrophe(c) ? '\'' : Letters.Fold(c);
        }

        return length;
    }

    private static TokenFlags Shape(ReadOnlySpan<char> word)
    {
        var (upper, lower, digits) = (0, 0, 0);
        foreach (var c in word)
        {
            upper += char.IsUpper(c) ? 1 : 0;
            lower += char.IsLower(c) ? 1 : 0;
            digits += char.IsDigit(c) ? 1 : 0;
        }

        if (digits > 0)
        {
            return TokenFlags.Number;
        }

        return (upper, lower) switch
        {
            ( >= 2, 0) => TokenFlags.Shouted,
            ( >= 1, > 0) when char.IsUpper(word[0]) => TokenFlags.Capitalized,
            _ => TokenFlags.None,
        };
    }

    private bool TryEmoticon(string text, int start, out int word, out int length)
    {
        for (length = Math.Min(3, text.Length - start); length >= 2; length--)
        {
            word = vocabulary.Find(text.AsSpan(start, length));
            if (word != Vocabulary.Unknown && !char.IsLetterOrDigit(text[start]))
            {
                return true;
            }
        }

        (word, length) = (Vocabulary.Unknown, 0);
        return false;
    }

    private bool TryEmoji(string text, int start, out int word, out int length)
    {
        word = Vocabulary.Unknown;
        length = 1;
        if (!Rune.TryGetRuneAt(text, start, out var rune))
        {
            return false;
        }

        length = rune.Utf16SequenceLength;
        if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherSymbol or UnicodeCategory.Surrogate or UnicodeCategory.MathSymbol))
        {
            // A skin tone or a variation selector: part of the emoji before it.
            return length == 2 || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format;
        }

        word = vocabulary.Find(text.AsSpan(start, length));
        return true;
    }
}
