"""Deep networks on scale detection and on real images (Sections 2 and 3): Figs. 1, 3, 4 and 8 to 14."""
