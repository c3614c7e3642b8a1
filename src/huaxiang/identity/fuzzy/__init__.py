"""Fuzzy matching: which records are one person though no identifier says so, and why."""

from huaxiang.identity.fuzzy.cluster import LEAST, Pairs, threshold_for
from huaxiang.identity.fuzzy.explain import SHOWN, explanations, steps, write_shown
from huaxiang.identity.fuzzy.figures import figures
from huaxiang.identity.fuzzy.meaning import IGNORED, MEANINGS, Guess, correct, guess_meanings
from huaxiang.identity.fuzzy.records import LINKED, RECORDS, Prepared, SourceRecords, write_records
from huaxiang.identity.fuzzy.run import CLUSTERS, Learned, Matched, Scored, identity_table, learn, match

WORKING = (RECORDS, CLUSTERS, SHOWN)
"""The working tables that stay after a matching, until who called for it has done with them."""

__all__ = [
    "IGNORED",
    "LEAST",
    "LINKED",
    "MEANINGS",
    "RECORDS",
    "SHOWN",
    "WORKING",
    "Guess",
    "Learned",
    "Matched",
    "Pairs",
    "Prepared",
    "Scored",
    "SourceRecords",
    "correct",
    "explanations",
    "figures",
    "guess_meanings",
    "identity_table",
    "learn",
    "match",
    "steps",
    "threshold_for",
    "write_records",
    "write_shown",
]
