"""The OCI Distribution 1.1 door: ``/v2/…`` as docker, containerd, skopeo and crane speak it."""
