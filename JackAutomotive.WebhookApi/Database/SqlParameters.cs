using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Adds positional parameters (<c>$1</c>, <c>$2</c>, …) with an explicit Postgres type, which a null value would not show.</summary>
internal static class SqlParameters
{
    public static void AddText(this NpgsqlParameterCollection parameters, string? value) => Add(parameters, value, NpgsqlDbType.Text);

    public static void AddInteger(this NpgsqlParameterCollection parameters, int? value) => Add(parameters, value, NpgsqlDbType.Integer);

    public static void AddBigint(this NpgsqlParameterCollection parameters, long? value) => Add(parameters, value, NpgsqlDbType.Bigint);

    public static void AddDouble(this NpgsqlParameterCollection parameters, double? value) => Add(parameters, value, NpgsqlDbType.Double);

    public static void AddBoolean(this NpgsqlParameterCollection parameters, bool? value) => Add(parameters, value, NpgsqlDbType.Boolean);

    public static void AddUuid(this NpgsqlParameterCollection parameters, Guid? value) => Add(parameters, value, NpgsqlDbType.Uuid);

    public static void AddBytes(this NpgsqlParameterCollection parameters, ReadOnlyMemory<byte> value) =>
        Add(parameters, value, NpgsqlDbType.Bytea);

    public static void AddBytesOrNull(this NpgsqlParameterCollection parameters, byte[]? value) => Add(parameters, value, NpgsqlDbType.Bytea);

    public static void AddJsonb(this NpgsqlParameterCollection parameters, string value) => Add(parameters, value, NpgsqlDbType.Jsonb);

    public static void AddTimestamp(this NpgsqlParameterCollection parameters, DateTimeOffset? value) =>
        Add(parameters, value?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static void AddArray<T>(this NpgsqlParameterCollection parameters, T[] values, NpgsqlDbType elementType) =>
        Add(parameters, values, NpgsqlDbType.Array | elementType);

    private static void Add(NpgsqlParameterCollection parameters, object? value, NpgsqlDbType type) =>
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
