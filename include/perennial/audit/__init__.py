"""What the ledger answers: where a model stands, where a prediction comes from, what was moved behind its back."""
