"""Facts: what customers did or got, with whose it is and what other tables know about it."""
