"""One process, one port: puts the API and the console together, with what both need around them."""
