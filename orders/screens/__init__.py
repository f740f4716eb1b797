"""Further screens of the chapter, a module each."""
