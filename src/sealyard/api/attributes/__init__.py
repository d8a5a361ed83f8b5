"""The attributes door, ``/acr/v1``: repositories, tags and manifests as Azure shows them."""
