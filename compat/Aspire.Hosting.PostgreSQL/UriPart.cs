using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A value with the characters escaped that have a meaning in a URI.</summary>
internal sealed class UriPart(IExpressionValue value) : IExpressionValue, IValueWithReferences
{
    public string ValueExpression => value.ValueExpression;

    public IEnumerable<object> References => [value];

    public static UriPart Of(IExpressionValue value) => new(value);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        await value.GetValueAsync(cancellationToken).ConfigureAwait(false) is { } text ? Uri.EscapeDataString(text) : null;
}
