"""Floor 4: the stories, each file read top to bottom."""
