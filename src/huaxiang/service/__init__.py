"""Use cases: all that the edges – command line, report, Python – may call."""
