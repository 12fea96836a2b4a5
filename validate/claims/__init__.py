"""Every claim of the paper, judged: the ledger, its evidence, and the page that shows it."""
