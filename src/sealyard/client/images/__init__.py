"""Where images come from and go to besides a registry: folders, archives, a Docker Engine."""
