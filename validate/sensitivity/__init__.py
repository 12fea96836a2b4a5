"""D_k, G_k, R_k (Eq. 1) of any PyTorch model on images of the user's."""
