"""The one place where parts are chosen and joined.

``prepare`` runs once before the workers; ``application`` is what each worker serves; ``parts`` is
what both open. They are apart because a worker need not hold in memory what only a start needs.
"""
