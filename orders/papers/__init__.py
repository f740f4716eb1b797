"""What leaves on paper or as a PDF, laid out on A4."""
