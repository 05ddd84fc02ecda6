using System.Net.Sockets;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.Tests.Database;

public class DatabaseErrorsTests
{
    [Theory]
    [InlineData("22001")] // string data right truncation
    [InlineData("22021")] // character not in repertoire
    [InlineData("22P02")] // invalid text representation
    [InlineData("22P05")] // untranslatable character
    [InlineData("23502")] // not null violation
    [InlineData("23503")] // foreign key violation
    [InlineData("23505")] // unique violation
    [InlineData("23514")] // check violation
    [InlineData("54000")] // program limit exceeded
    public void Data_constraints_and_limits_blame_the_row(string sqlState)
    {
        var error = ErrorOf(sqlState);
        Assert.True(DatabaseErrors.BlamesTheRow(error));
        Assert.False(DatabaseErrors.IsOutage(error));
    }

    [Theory]
    [InlineData("08006")] // connection failure
    [InlineData("0A000")] // feature not supported: a changed table under a prepared statement
    [InlineData("25006")] // read-only transaction: a standby, or a server whose storage is full
    [InlineData("25P02")] // failed transaction
    [InlineData("25P03")] // idle in transaction timeout
    [InlineData("26000")] // unknown prepared statement: a pooler
    [InlineData("28000")] // login not allowed
    [InlineData("28P01")] // wrong password
    [InlineData("3D000")] // no such database
    [InlineData("40001")] // serialization failure
    [InlineData("40P01")] // deadlock
    [InlineData("42501")] // missing right
    [InlineData("42P01")] // no such table: a migration is under way
    [InlineData("42703")] // no such column
    [InlineData("53100")] // disk full
    [InlineData("53200")] // out of memory
    [InlineData("53300")] // too many connections
    [InlineData("55000")] // not in the required state
    [InlineData("55P03")] // lock not available
    [InlineData("57014")] // cancelled query or statement timeout
    [InlineData("57P01")] // terminated by an administrator
    [InlineData("57P02")] // crash of the server
    [InlineData("57P03")] // starting up
    [InlineData("57P05")] // idle session timeout
    [InlineData("58030")] // input or output error
    [InlineData("72000")] // snapshot too old
    [InlineData("XX000")] // internal error
    [InlineData("XX001")] // corrupted data
    [InlineData("ZZ999")] // unknown today
    [InlineData("")] // no code at all
    public void Every_other_error_of_Postgres_is_an_outage(string sqlState)
    {
        var error = ErrorOf(sqlState);
        Assert.False(DatabaseErrors.BlamesTheRow(error));
        Assert.True(DatabaseErrors.IsOutage(error));
    }

    [Fact]
    public void A_connection_that_breaks_or_hangs_is_an_outage()
    {
        Exception[] errors =
        [
            new NpgsqlException("Exception while reading from stream", new IOException()),
            new NpgsqlException("Exception while reading from stream", new EndOfStreamException()),
            new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)),
            new NpgsqlException("The connection pool has been exhausted", new TimeoutException()),
            new NpgsqlException("Something new"),
            new TimeoutException(),
            new SocketException(),
        ];
        Assert.All(errors, error => Assert.True(DatabaseErrors.IsOutage(error)));
        Assert.All(errors, error => Assert.False(DatabaseErrors.BlamesTheRow(error)));
    }

    [Fact]
    public void Text_that_cannot_be_sent_to_Postgres_blames_the_row()
    {
        Exception[] errors = [new EncoderFallbackException(), new NpgsqlException("Exception while writing", new EncoderFallbackException())];
        Assert.All(errors, error => Assert.True(DatabaseErrors.BlamesTheRow(error)));
        Assert.All(errors, error => Assert.False(DatabaseErrors.IsOutage(error)));
    }

    [Fact]
    public void An_error_that_is_not_of_the_database_is_neither()
    {
        Exception[] errors = [new InvalidOperationException(), new FormatException(), new OperationCanceledException()];
        Assert.All(errors, error => Assert.False(DatabaseErrors.IsOutage(error)));
        Assert.All(errors, error => Assert.False(DatabaseErrors.BlamesTheRow(error)));
    }

    private static PostgresException ErrorOf(string sqlState) => new("an error", "ERROR", "ERROR", sqlState);
}
