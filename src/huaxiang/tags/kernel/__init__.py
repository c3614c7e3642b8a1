"""The tag kernel: the facts of one customer in order of time in, the values of aggregates out."""

from huaxiang.tags.kernel.batch import Facts, facts_from_arrow
from huaxiang.tags.kernel.evaluate import STEP_NAMES, Atom, Pairs, evaluate

__all__ = ["STEP_NAMES", "Atom", "Facts", "Pairs", "evaluate", "facts_from_arrow"]
