"""The real programs that the outside tests drive, each wrapped as thinly as it can be."""
