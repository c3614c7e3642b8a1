"""Segments: rules over tags and uploaded lists, their members, overlaps and set algebra."""
