"""What a signature is worth: the rules of Notary v1 trust data, without I/O and clock."""
