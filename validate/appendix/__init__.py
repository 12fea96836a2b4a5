"""Appendix A, proved and measured: `python -m validate.appendix`."""
