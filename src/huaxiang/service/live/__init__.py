"""Live sources and live profiles: messages come in, and count at once for the customer they are about."""
