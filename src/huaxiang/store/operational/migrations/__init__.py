"""How the operational database came to its present form, step by step; Alembic runs what is missing."""
