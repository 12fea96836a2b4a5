"""The CNNs of Section 4: networks, training, sensitivities, filters."""
