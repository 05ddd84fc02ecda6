using System.Collections;

namespace Twilio.Base;

/// <summary>A list whose first page has been read. Enumerating it reads the following pages, each with a blocking request.</summary>
/// <typeparam name="T">What the list is of.</typeparam>
public class ResourceSet<T> : IEnumerable<T>
    where T : Resource
{
    private readonly Page<T> _firstPage;
    private readonly ReadOptions<T> _options;
    private readonly Func<string, Page<T>> _readPage;

    internal ResourceSet(Page<T> firstPage, ReadOptions<T> options, Func<string, Page<T>> readPage)
    {
        _firstPage = firstPage;
        _options = options;
        _readPage = readPage;
    }

    /// <summary>False stops at the end of the first page. True by default.</summary>
    public bool AutoPaging { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        var left = _options.Limit ?? long.MaxValue;
        for (var page = _firstPage; ; page = _readPage(page.NextPageUri))
        {
            foreach (var record in page.Records)
            {
                if (left-- <= 0)
                {
                    yield break;
                }

                yield return record;
            }

            if (left <= 0 || !AutoPaging || string.IsNullOrEmpty(page.NextPageUri))
            {
                yield break;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One answer of a list.</summary>
/// <param name="Records">In Twilio's order.</param>
/// <param name="NextPageUri">Path and query of the next page; null on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Records, string? NextPageUri);
