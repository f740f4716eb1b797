"""What each subject of the chapter registers with the ground floor."""
