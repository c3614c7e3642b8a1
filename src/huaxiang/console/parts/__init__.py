"""What pages are made of: figures, tables, charts, and the states of what is not there."""
