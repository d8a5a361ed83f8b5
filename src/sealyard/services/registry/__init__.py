"""The registry's use cases: what is pushed, pulled, listed and deleted, one transaction each."""
