"""Tables 1 and 2: mean filters of trained networks beside the printed ones."""
