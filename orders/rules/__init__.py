"""What the subjects of the orders chapter register, a module each."""
