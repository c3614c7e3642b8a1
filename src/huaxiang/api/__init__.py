"""The HTTP API under `/v1`: an edge over the desk. Routes read requests and write answers, and decide nothing."""
