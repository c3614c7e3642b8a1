"""Who may do and see what: roles, their rights, and what is masked from whom. Values in, values out."""
