"""The door for notary's protocol: ``/v2/<login server>/<repository>/_trust/…``."""
