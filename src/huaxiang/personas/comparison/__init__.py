"""Two to six groups of customers side by side: where they differ, by how much, and how sure that is."""
