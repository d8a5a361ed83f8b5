"""Adapters to key material: sealing at rest, certificates of the server."""
