"""Builds that the server runs: started by people, programs and schedules, each in a process of its own."""
