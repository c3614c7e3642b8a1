"""The tag kernel: the facts of one customer in order of time in, the values of aggregates out.

`atom` says what is computed, `evaluate` computes it, `steps` are the compiled loops, `batch` the arrays they run over.
"""
