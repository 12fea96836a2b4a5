"""Data sets of labelled images: read from their files, checked, and known by a digest of what they hold."""
