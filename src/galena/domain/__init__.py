"""Floor 1: the frozen records and words every floor above shares."""
