"""The judge: fits, compares, draws and prints what the three witnesses say."""
