"""Score partitions with the champion; every row can be traced."""
