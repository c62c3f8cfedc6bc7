"""A version becomes champion: with a verdict and an approval for exactly this file, by compare-and-set."""
