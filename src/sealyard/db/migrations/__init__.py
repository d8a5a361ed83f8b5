"""How the schema came to be: one revision per change, forward only."""
