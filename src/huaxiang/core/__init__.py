"""What every part knows and that knows no part: errors, findings, words, tables, moments."""
