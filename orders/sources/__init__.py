"""Who can say which orders of a channel changed: sources, registered, each asked the same way."""
