"""Fit, keep, verify, load and predict: what training, validation, scoring and archiving share."""
