"""What each subject of the chapter registers."""
