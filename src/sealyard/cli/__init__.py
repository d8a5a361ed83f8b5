"""People at a terminal: the one place that prints."""
