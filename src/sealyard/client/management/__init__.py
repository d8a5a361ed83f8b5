"""The client of the management API: sign-in, the registry's properties, roles, the directory."""
