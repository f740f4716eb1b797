"""Orders as platforms write them in JSON: read the same from a webhook and from a file (ORD-1)."""
