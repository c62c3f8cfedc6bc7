"""What may go wrong with the inputs of a model: each a pure function from rows to rows, given a generator.

noise               every number a little off
missing_values      values lost at random
units               a number that comes in another unit
unseen_categories   a category that training never saw
out_of_range        a number beyond all that training saw
adversarial         the best that a person can do within bounds
"""
