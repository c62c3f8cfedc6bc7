"""What work costs: seconds, bytes, energy and carbon of each stage; and whether a budget still allows it."""
