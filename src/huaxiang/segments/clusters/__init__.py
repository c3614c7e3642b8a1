"""Discovered segments: groups of customers who are alike in chosen tags, found rather than defined."""
