"""The comparison of theory, simulation and trained networks on the tasks of Section 4 (Fig. 7)."""
