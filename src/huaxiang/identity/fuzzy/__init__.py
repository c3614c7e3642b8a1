"""Fuzzy matching: which records are one person though no identifier says so, and why."""

from huaxiang.identity.fuzzy.explain import explanations
from huaxiang.identity.fuzzy.figures import figures
from huaxiang.identity.fuzzy.meaning import IGNORED, MEANINGS, Guess, correct, guess_meanings
from huaxiang.identity.fuzzy.records import RECORDS, SourceRecords, write_records
from huaxiang.identity.fuzzy.run import Matched, Scored, identity_table, match, score

__all__ = [
    "IGNORED",
    "MEANINGS",
    "RECORDS",
    "Guess",
    "Matched",
    "Scored",
    "SourceRecords",
    "correct",
    "explanations",
    "figures",
    "guess_meanings",
    "identity_table",
    "match",
    "score",
    "write_records",
]
