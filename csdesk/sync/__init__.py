"""The team's hub: a PostgreSQL server where desks leave their operations and fetch those of others."""
