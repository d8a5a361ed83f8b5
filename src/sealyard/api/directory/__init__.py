"""The directory door: Microsoft Graph's shapes, and signing in with OAuth 2.0."""
