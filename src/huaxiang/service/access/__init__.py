"""Signing in: users, sessions, one-time links, the keys of programs. All of it lives in the operational database."""
