"""Running a registry: the activity log, and what keeps the data in order."""
