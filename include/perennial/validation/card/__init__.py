"""The model card and the technical file: what a reader needs of a version, from the ledger and the kept figures alone.

facts        what is told of a version: ledger events, figures, scored rows; of the verdict's time, or of now
layout       the card: which sections, in which order
sections     verdict, use, data, limits, model, lineage
governance   waivers, approvals and what became of the version
performance  figures with intervals, ROC and reliability
fairness     the criterion of each attribute, and the others in one table
people       groups of people: rates, criteria, who was too small to judge
decisions    costs, threshold, mitigation and its price
explanation  which columns weigh how much
measured     the figures of any other family
cost         what it took to make, judge and promote it
technical    the technical file under the headings of Annex IV
document     blocks, as Markdown or HTML; plots, bars: drawings; curves: their points
"""

from perennial.validation.card.facts import Facts
from perennial.validation.card.layout import card
from perennial.validation.card.technical import technical_file

__all__ = ["Facts", "card", "technical_file"]
