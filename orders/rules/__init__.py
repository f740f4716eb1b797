"""What the subjects of the chapter register, one module each."""
