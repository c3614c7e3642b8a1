"""Which tags tell the same fact in other words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.likeness import Likeness, Sketch
from huaxiang.personas.tags import Tag


def sketch(positions, width, *, is_list=False):
    """A customer has one row of the scale, several (a list), or none."""
    rows = np.zeros((len(positions), width), dtype=np.bool_)
    for i, found in enumerate(positions):
        rows[i, list(found) if is_list else [] if found is None else [found]] = True
    return Sketch(rows, is_list)


PEOPLE = range(1200)
LIKENESS = Likeness(
    {
        "third": sketch([n % 3 for n in PEOPLE], 3),
        "named_otherwise": sketch([2 - n % 3 for n in PEOPLE], 3),
        "finer": sketch([n % 6 for n in PEOPLE], 6),
        "unrelated": sketch([n // 6 % 4 for n in PEOPLE], 4),
        "listed": sketch([{n % 3} for n in PEOPLE], 3, is_list=True),
        "known_of_few": sketch([n % 3 if n < 4 else None for n in PEOPLE], 3),
        "one_value": sketch([0 for _ in PEOPLE], 1),
        "nobody": sketch([None for _ in PEOPLE], 2),
    }
)


@pytest.mark.parametrize("same", ["named_otherwise", "finer", "listed"])
def test_a_tag_that_gives_away_another_tells_the_same(same):
    assert LIKENESS.repeated("third", [same]) == same
    assert LIKENESS.repeated(same, ["third"]) == "third"


@pytest.mark.parametrize("other", ["unrelated", "known_of_few", "one_value", "nobody", "not_portrayed"])
def test_what_tells_nothing_of_a_tag_does_not_repeat_it(other):
    # Four people prove nothing, however well they agree.
    assert LIKENESS.repeated("third", [other]) is None
    assert LIKENESS.repeated(other, ["third"]) is None


def test_the_most_alike_is_named():
    assert LIKENESS.repeated("third", ["unrelated", "named_otherwise"]) == "named_otherwise"


def test_no_tags_are_like_nothing():
    assert Likeness({}).repeated("third", []) is None


@pytest.mark.parametrize(
    ("definition", "quantity"),
    [
        ('{"value": "top(hour(occurred_at))"}', False),
        ('{"expression": "year(first_order_at) * 100 + month(first_order_at)"}', False),
        ('{"value": "share(where hour(occurred_at) >= 22)"}', True),
        ("{}", True),
    ],
)
def test_an_hour_or_month_is_no_quantity(definition, quantity):
    label = Text("Hour", "时点")
    assert Tag("hour", Type.INTEGER, label, definition=definition).is_quantity is quantity


def test_the_same_value_over_another_window_is_the_same_measure():
    def spend(window, where="paid"):
        definition = {"table": "orders", "value": "sum(amount)", "where": where, "window": window}
        return Tag("spend", Type.MONEY, Text("Spend", "消费"), definition=json.dumps(definition)).measured

    assert spend("30d") == spend("365d")
    assert spend("30d") != spend("30d", "returned")
    assert Tag("gender", Type.TEXT, Text("Gender", "性别")).measured == ""


def test_a_tag_that_nobody_has_a_value_of_is_like_no_other():
    told = np.random.default_rng(1).random(500) < 0.5
    same, nothing = Sketch(np.column_stack([told, ~told])), np.zeros((500, 0), bool)
    likeness = Likeness({"a": same, "none": Sketch(nothing), "b": same, "list": Sketch(nothing, is_list=True)})
    assert likeness.repeated("b", ["none", "list", "a"]) == "a"
    assert likeness.repeated("none", ["a"]) is None
