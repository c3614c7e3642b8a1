"""Whether data can be trusted: the audit of sources, the data map, and what becomes of each row."""
