"""What was learned, mode by mode: interventions on the learned part of filters, judged."""
