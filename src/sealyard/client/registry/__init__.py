"""One https origin of a registry: TLS, credentials, tokens, retries; manifests, blobs and tags."""
