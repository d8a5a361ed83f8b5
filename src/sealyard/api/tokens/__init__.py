"""The token endpoint: docker's, notary's and OAuth 2.0's ways of asking for a registry token."""
