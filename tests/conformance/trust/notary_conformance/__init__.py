"""The suite's own code: a maker and a reader of trust metadata, the cases, the report.

Nothing here is shared with any server or client under examination, so that a mistake made
in their code is not made here as well.

    command  <-  catalogue  <-  cases/*        what is asked, one module per part of the API
       |                          |
     report                    owner, reader   publish as the owner, read as a fresh client
                                  |
                    metadata, keys, certificates, session, outcome
"""

from __future__ import annotations
