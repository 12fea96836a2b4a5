"""Deep networks on scale detection and on real images (Sections 2 and 3): Figs. 3, 4, 8, 9, 10, 11, 12 and 14."""
