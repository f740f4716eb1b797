"""What each subject of the chapter registers: numbers, rights, jobs, alerts."""
