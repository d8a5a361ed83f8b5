"""Who may do what: actions, roles, assignments, rights and tokens. Pure: no I/O, no clock."""
