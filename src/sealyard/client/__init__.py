"""The client: what talks to a registry from the outside. It installs without the server."""
