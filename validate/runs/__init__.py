"""Runs: what is trained and measured once, kept by its content, made wherever the user says."""
