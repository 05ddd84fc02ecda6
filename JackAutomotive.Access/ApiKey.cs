using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.Access;

/// <summary>The owner of an API key: a program that may call the API. Only the SHA-256 of the key is stored, never the key.</summary>
/// <param name="Name">The human-readable name of the key. It may appear in logs.</param>
/// <param name="Scopes">What the key permits: <see cref="ApiKeys.Read"/>, <see cref="ApiKeys.Write"/>, <see cref="ApiKeys.Admin"/>.</param>
public sealed record ApiKey(string Name, IReadOnlyList<string> Scopes)
{
    /// <summary>Returns the SHA-256 of the key's UTF-8 bytes: the 32 bytes of <c>key_hash</c> in the table <c>api_keys</c>.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
