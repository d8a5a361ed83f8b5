"""Content trust beside docker: files by signed digests, the command wrapped, the doctor."""
