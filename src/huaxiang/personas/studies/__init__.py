"""Studies: what a document about a whole base or a generation shows."""
