"""Tags: a value per customer and moment. Definitions, compiler, kernel, library, catalog."""
