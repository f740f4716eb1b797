"""What each subject of the orders chapter registers."""
