using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.Access;

/// <summary>The owner of an API key: a program that may call the API. Only the SHA-256 of the key is stored, never the key.</summary>
/// <param name="Id">The SHA-256 of the key in hexadecimal digits. It identifies the key, because several keys may have the same name.</param>
/// <param name="Name">The human-readable name of the key. It may appear in logs.</param>
/// <param name="Scopes">What the key permits: <see cref="ApiKeys.Read"/>, <see cref="ApiKeys.Write"/>, <see cref="ApiKeys.Admin"/>.</param>
/// <param name="ExpiresAt">When the key ceases to be valid (UTC); null if it never expires.</param>
public sealed record ApiKey(string Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt)
{
    /// <summary>Returns the SHA-256 of the key's UTF-8 bytes: the 32 bytes of <c>key_hash</c> in the table <c>api_keys</c>.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Returns true if the key has not expired.</summary>
    public bool IsValidAt(DateTimeOffset now) => ExpiresAt is not { } end || end > now;
}
