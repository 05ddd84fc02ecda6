using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>The SQL that creates a database, in the place of a plain CREATE DATABASE.</summary>
internal sealed record PostgresCreationScriptAnnotation(string Script) : IResourceAnnotation;
