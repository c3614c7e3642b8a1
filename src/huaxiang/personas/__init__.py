"""Personas: what a segment is like against everyone else, in figures and in words."""
