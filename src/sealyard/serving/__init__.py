"""Processes: the supervisor, its workers, their sockets and TLS."""
