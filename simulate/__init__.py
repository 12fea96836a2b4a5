"""What the idealised homogeneous network does, exactly."""
