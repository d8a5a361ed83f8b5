"""Trust data and keys as a client holds them: shared with docker and notary, both ways."""
