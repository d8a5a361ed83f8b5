"""Copying an image from a source to a target: in parallel, verified, with progress."""
