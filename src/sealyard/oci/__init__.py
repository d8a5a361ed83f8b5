"""What an image is: digests, references, descriptors, manifests, byte ranges. Pure: no I/O."""
