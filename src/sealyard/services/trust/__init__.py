"""Trust data: publishing, reading, the registry's keys, renewal, deletion, the change feed."""
