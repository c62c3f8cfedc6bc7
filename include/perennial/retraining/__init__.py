"""The queue of requests for a new version, and the decision to launch its training or not."""
