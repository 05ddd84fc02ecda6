using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Makes a <see cref="ReferenceExpression"/> in steps.</summary>
public class ReferenceExpressionBuilder
{
    // Texts, and values with their manifest expressions.
    private readonly List<(string Text, IValueProvider? Value)> _parts = [];

    /// <summary>True while nothing was appended.</summary>
    public bool IsEmpty => _parts.Count == 0;

    /// <summary>Appends an interpolated string.</summary>
    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler) =>
        _parts.AddRange(handler.Parts);

    /// <summary>Appends a fixed text.</summary>
    public void AppendLiteral(string value)
    {
        if (value.Length > 0)
        {
            _parts.Add((value, null));
        }
    }

    /// <summary>Appends a text.</summary>
    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

    /// <summary>Appends a value.</summary>
    public void AppendFormatted<T>(T valueProvider)
        where T : IValueProvider, IManifestExpressionProvider => _parts.Add((valueProvider.ValueExpression, valueProvider));

    /// <summary>The expression made so far.</summary>
    public ReferenceExpression Build()
    {
        var format = new StringBuilder();
        var values = _parts.Where(part => part.Value is not null).ToArray();
        var index = 0;
        foreach (var (text, value) in _parts)
        {
            // Braces of the text would be taken for placeholders.
            _ = value is null
                ? format.Append(text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal))
                : format.Append(CultureInfo.InvariantCulture, $"{{{index++}}}");
        }

        return new ReferenceExpression(format.ToString(), [.. values.Select(v => v.Value!)], [.. values.Select(v => v.Text)]);
    }

    /// <summary>Takes apart an interpolated string that is appended.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ReferenceExpressionBuilderInterpolatedStringHandler
    {
        private readonly ReferenceExpressionBuilder _appended = new();

        /// <summary>Called by the compiler.</summary>
        public ReferenceExpressionBuilderInterpolatedStringHandler(
            int literalLength,
            int formattedCount,
            ReferenceExpressionBuilder builder)
        {
        }

        internal List<(string Text, IValueProvider? Value)> Parts => _appended._parts;

        /// <summary>Called by the compiler for a fixed part.</summary>
        public void AppendLiteral(string value) => _appended.AppendLiteral(value);

        /// <summary>Called by the compiler for a text.</summary>
        public void AppendFormatted(string? value) => _appended.AppendFormatted(value);

        /// <summary>Called by the compiler for a value.</summary>
        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => _appended.AppendFormatted(valueProvider);

        /// <summary>Called by the compiler for a resource that is a value.</summary>
        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _appended.AppendFormatted(valueProvider.Resource);
    }
}
