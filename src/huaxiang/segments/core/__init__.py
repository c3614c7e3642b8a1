"""Core customers: who fits an offer, can be reached and pays – as three scores per customer and segment."""
