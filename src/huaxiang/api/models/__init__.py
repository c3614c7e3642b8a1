"""What the API reads and writes, a module per resource: the schemas of its OpenAPI document."""
