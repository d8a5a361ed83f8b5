"""Policies of the registry."""
