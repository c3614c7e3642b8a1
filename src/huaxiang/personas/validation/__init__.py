"""Validation of personas: against a population, a survey, a market, their own past, and the truth where it is known."""
