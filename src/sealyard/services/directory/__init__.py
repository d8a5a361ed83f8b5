"""Identities: who there is, how they sign in, what they may do, and the tokens they get."""
