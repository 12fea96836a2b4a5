"""Measurements of a user's own networks, put to the judgement that the paper's networks are put to."""
