"""Deep networks of Sections 2 and 3: architectures for small images, scale detection in the plane, training."""
