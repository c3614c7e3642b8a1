"""Where data comes from: what a source is, reading it as it is, mapping it onto a standard table."""
