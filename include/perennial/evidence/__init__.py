"""Reports, cards and figures: content-addressed files that ledger events point to."""
