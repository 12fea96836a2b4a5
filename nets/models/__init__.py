"""Any PyTorch model of a user's: D_k, G_k, R_k, its spatial layers, its filters, its channels shuffled."""
