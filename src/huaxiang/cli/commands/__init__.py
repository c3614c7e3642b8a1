"""One module per group of commands; each registers its own on the app."""
