"""What orders are looked at for before they go on (ORD-4): one small module per subject."""
