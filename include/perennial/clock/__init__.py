"""What is due in business time: monitoring windows, scheduled retraining, requests whose waiting is over."""
