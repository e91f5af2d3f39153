"""The local SQLite store: log, projections, queries."""
