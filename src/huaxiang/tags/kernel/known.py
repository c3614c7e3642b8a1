"""Facts that happened before a moment and became known only after it: hidden from the pairs that are too early."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from huaxiang.tags.kernel import steps
from huaxiang.tags.kernel.batch import Array, Facts, Values
from huaxiang.tags.kernel.pairs import Pairs


def known_facts(facts: Facts, received: Values, pairs: Pairs) -> tuple[Facts, Pairs]:
    """The facts and pairs such that each pair sees only what had been received by its moment.

    `received` says when each row became known; rows without it were known at once. Pairs that see all their rows stay
    as they are. Each other pair gets a customer of its own behind the others, with copies of the rows that it may see:
    few pairs do, as most facts arrive soon after they happen.
    """
    moments = pairs.microseconds
    low = facts.starts[pairs.customer]
    high = np.empty(len(low), np.int64)
    steps.first_at_or_after(low, facts.starts[pairs.customer + 1], facts.time, moments, high)
    arrival = np.where(received.valid.astype(bool), received.data, facts.time)
    hidden = np.zeros(len(low), np.int64)
    steps.later_than(low, high, arrival, moments, hidden)
    early = np.flatnonzero(hidden)
    if len(early) == 0:
        return facts, pairs
    seen = [_seen(low[p], high[p], arrival, moments[p]) for p in early]
    rows = np.concatenate([np.arange(len(facts.time)), *seen])
    starts = np.append(facts.starts, facts.starts[-1] + np.cumsum([len(each) for each in seen]))
    customer = pairs.customer.copy()
    customer[early] = len(facts.customers) + np.arange(len(early))
    copied = Facts(
        np.append(facts.customers, facts.customers[pairs.customer[early]]),
        starts.astype(np.int64),
        facts.time[rows],
        facts.day[rows],
        {name: each.take(rows) for name, each in facts.columns.items()},
    )
    return copied, replace(pairs, customer=customer)


def _seen(low: int, high: int, arrival: Array, moment: int) -> Array:
    return low + np.flatnonzero(arrival[low:high] <= moment)
