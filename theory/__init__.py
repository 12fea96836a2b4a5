"""What must be true: definitions, and the paper's laws derived from them with sympy."""
