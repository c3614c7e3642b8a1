"""What a portrait shows beside its tags: scores, places, hours, preferences, siblings, borders, stability, warnings."""
