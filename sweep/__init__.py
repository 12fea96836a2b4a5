"""Runs: what is computed once and kept by its content, by many processes and machines; they know no physics."""
