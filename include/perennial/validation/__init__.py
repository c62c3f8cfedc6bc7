"""Is a candidate good enough to decide anything? Every gate of the policy, on a holdout nobody looked at before."""
