namespace JackAutomotive.Analysis.Text;

/// <summary>Folds characters, so that one word has one spelling.</summary>
internal static class Letters
{
    /// <summary>Returns <paramref name="c"/> in lower case and without its accent.</summary>
    public static char Fold(char c) => c switch
    {
        >= 'a' and <= 'z' => c,
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        < (char)0x80 => c,
        'á' or 'à' or 'â' or 'ä' or 'ã' or 'å' or 'Á' or 'À' or 'Â' or 'Ä' or 'Ã' or 'Å' => 'a',
        'é' or 'è' or 'ê' or 'ë' or 'É' or 'È' or 'Ê' or 'Ë' => 'e',
        'í' or 'ì' or 'î' or 'ï' or 'Í' or 'Ì' or 'Î' or 'Ï' => 'i',
        'ó' or 'ò' or 'ô' or 'ö' or 'õ' or 'Ó' or 'Ò' or 'Ô' or 'Ö' or 'Õ' => 'o',
        'ú' or 'ù' or 'û' or 'ü' or 'Ú' or 'Ù' or 'Û' or 'Ü' => 'u',
        'ñ' or 'Ñ' => 'n',
        'ç' or 'Ç' => 'c',
        _ => char.ToLowerInvariant(c),
    };

    /// <summary>Whether <paramref name="c"/> is one of the apostrophes that people and keyboards write.</summary>
    public static bool IsApostrophe(char c) => c is '\'' or '’' or '‘' or '`' or '´' or 'ʼ';

    /// <summary>Whether <paramref name="c"/> ends a sentence.</summary>
    public static bool EndsSentence(char c) => c is '.' or '!' or '?' or '\n' or '…' or '¿' or '¡' or '。';
}
