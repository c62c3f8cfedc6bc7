"""A version leaves: a sealed archive, a proof that it restores, and only then the clean-up."""
