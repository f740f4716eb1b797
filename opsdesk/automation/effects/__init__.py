"""What rules can do to anything: alert, hand to a person, tag, write to people and programs."""
