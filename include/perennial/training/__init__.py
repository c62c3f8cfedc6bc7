"""From a claimed request to a registered candidate, in three steps that each may be repeated.

claim          which decision to train a window stands for; pure
split          fit days, holdout days, time-ordered folds; pure
sampling       the trials of a randomised search; pure
snapshot       the training set: one content-addressed file
search         the trials, scored on the folds, one MLflow run each
finish         the model that is kept, recalibrated, and its decision rule
provenance     what a version was made with
staging        what fit leaves for register
candidate      what the ledger keeps of a version, and its registration
stage          freeze, fit, register
"""
