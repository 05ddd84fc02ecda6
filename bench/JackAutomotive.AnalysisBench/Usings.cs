global using JackAutomotive.Analysis;
