"""What the monitors' figures mean: one pure file each."""
