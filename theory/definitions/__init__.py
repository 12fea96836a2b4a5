"""What every room shares and none tests: tasks, architectures, layers, perturbations, the record of sensitivities."""
