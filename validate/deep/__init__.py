"""Deep networks on scale detection (Sections 2 and 3): Figs. 4, 8, 9, 12 and 14."""
