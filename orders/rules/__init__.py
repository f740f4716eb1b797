"""What each subject of the orders chapter brings to the house."""
