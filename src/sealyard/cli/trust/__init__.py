"""``sealyard trust``: docker's commands for signatures and keys, and those that docker lacks."""
