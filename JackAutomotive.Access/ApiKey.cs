using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.Contract;

/// <summary>A program that may use our API. The key itself is never stored, only its SHA-256.</summary>
/// <param name="Name">What a person calls it; it may appear in logs.</param>
/// <param name="Scopes">What it may do: <see cref="ApiKeys.Read"/>, <see cref="ApiKeys.Write"/>, <see cref="ApiKeys.Admin"/>.</param>
internal sealed record ApiKey(string Name, IReadOnlyList<string> Scopes)
{
    /// <summary>The 32 bytes under which a key is kept in <c>api_keys</c>: SHA-256 of its UTF-8 form.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
