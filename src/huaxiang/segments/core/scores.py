"""The three scores of each customer, from 0 to 100, and the whole.

relevance      100 × the weights of the conditions that hold ÷ the weights of all
reachability   100 × (1 − the product over the customer's channels of (1 − reach)): the chance that one of a message per
               channel arrives, as if channels failed independently
profitability  100 × (customers with less profit + half of those with the same) ÷ all customers; profit is value − cost
whole          100 × the product of (score ÷ 100) to the power of its share of the weights: a weighted geometric mean,
               so that nothing makes up for who can't be reached or wants nothing of it
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, Any

from huaxiang.segments.algebra import Rules
from huaxiang.segments.core.check import expressions
from huaxiang.segments.core.spec import SCORES, CoreSpec
from huaxiang.segments.done import KEY

if TYPE_CHECKING:
    import ibis


def evaluated(rules: Rules, spec: CoreSpec) -> ibis.Table:
    """What each expression of a definition is for each customer: `customer_no`, a column per place (`relevance_0`)."""
    asked = {column(place): (text, wanted) for place, text, wanted in expressions(spec)}
    return rules.values(asked)


def column(place: tuple[str | int, ...]) -> str:
    """The column that holds the expression at `place`."""
    return "_".join(str(part) for part in place if part != "when")


def scored(rules: Rules, spec: CoreSpec) -> ibis.Table:
    """The scores of each customer: `customer_no`, `relevance`, `reachability`, `profit`, `profitability`, `score`."""
    import ibis

    rows = evaluated(rules, spec)
    weight = sum(fit.weight for fit in spec.relevance)
    fits = [_held(rows[f"relevance_{i}"]) * (fit.weight / weight) for i, fit in enumerate(spec.relevance)]
    missed = [1 - _held(rows[f"reachability_{i}"]) * each.reach for i, each in enumerate(spec.reachability)]
    value, cost = (rows[f"profitability_{part}"].cast("float64").fill_null(0.0) for part in ("value", "cost"))
    made = rows.select(
        KEY,
        relevance=sum(fits, ibis.literal(0.0)) * 100,
        reachability=(1 - reduce(mul, missed)) * 100,
        profit=value - cost,
    )
    lower = ibis.rank().over(order_by=made.profit)
    same = made.profit.count().over(group_by=made.profit)
    ranked = made.mutate(profitability=(lower + same * 0.5) * 100.0 / made.count().over())
    return ranked.mutate(score=_whole(ranked, spec))


def _held(condition: Any) -> Any:
    return condition.fill_null(False).cast("float64")


def _whole(rows: ibis.Table, spec: CoreSpec) -> Any:
    shares = spec.weights.shares
    # Sums of weights may pass 1 by a last digit.
    parts = [(rows[name] / 100).clip(0.0, 1.0) ** shares[name] for name in SCORES if shares[name]]
    return reduce(mul, parts) * 100
