"""Where blobs are kept: one seam (``base``), one module per place."""
