"""Which pairs of records are compared at all: keys on which both agree, chosen by how many pairs they make.

A key, or two keys together, are a rule. The rules that make the fewest pairs come first, as long as all of them
together stay within the budget; a pair of keys adds nothing where one of them alone was taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from huaxiang.identity.fuzzy.candidates import Agreeing, count_pairs
from huaxiang.identity.fuzzy.encoded import Encoded

KEYS: dict[str, tuple[str, ...]] = {
    "email": ("{t}email", "{t}email_user"),
    "phone": ("{t}phone", "right({t}phone, 7)"),
    "national_id": ("{t}national_id", "left({t}national_id, 4)", "right({t}national_id, 4)"),
    "birthday": (
        "{t}birthday",
        "left({t}birthday, 6)",
        "left({t}birthday, 4) || right({t}birthday, 2)",
        "right({t}birthday, 4)",
    ),
    "family_name": ("{t}family_name_key", "left({t}family_name_key, 3)"),
    "given_name": ("{t}given_name_key", "left({t}given_name_key, 3)"),
    "full_name": ("{t}full_name_key", "split_part({t}full_name_key, ' ', 1)", "split_part({t}full_name_key, ' ', -1)"),
    "street": ("{t}street",),
    "address": ("{t}address", "left({t}address, 8)"),
    "address_more": ("{t}address_more",),
    "suburb": ("{t}suburb",),
    "city": ("{t}city",),
    "postcode": ("{t}postcode",),
    "street_number": ("{t}street_number",),
}
"""What records may agree on, by meaning, as expressions over the prepared columns; `{t}` is whose."""

_PAIRS_PER_RECORD = 20
_LEAST_BUDGET = 2_000_000
_MOST_RULES = 24


@dataclass(frozen=True)
class Rule:
    """Records that agree on all of `keys` are compared; these are of `meanings` and make `pairs` pairs."""

    keys: tuple[str, ...]
    meanings: tuple[str, ...]
    pairs: int

    @property
    def sql(self) -> str:
        """The condition between the two records, as splink reads it."""
        return " and ".join(f"({key.format(t='l.')} = {key.format(t='r.')})" for key in self.keys)

    @property
    def agreeing(self) -> Agreeing:
        """What a pair must agree on."""
        return [(key.format(t=""), key.format(t="")) for key in self.keys]


SWAPPED: Agreeing = (("given_name_key", "family_name_key"), ("family_name_key", "given_name_key"))
"""Given name and family name were swapped in one of the records."""


def choose_rules(encoded: Encoded, columns: Collection[str], records: int) -> list[Rule]:
    """The rules for these prepared columns, those that make the fewest pairs first."""
    single = [
        rule
        for meaning, keys in KEYS.items()
        if meaning in columns
        for key in keys
        if (rule := _counted(encoded, (key,), (meaning,))).pairs > 0
    ]
    budget = max(_LEAST_BUDGET, _PAIRS_PER_RECORD * records)
    taken: list[Rule] = []
    spent = 0
    for rule in sorted(single, key=_cost):
        if rule.pairs <= budget / 6 and spent + rule.pairs <= budget * 0.75:
            taken.append(rule)
            spent += rule.pairs
    for rule in sorted(_doubles(encoded, single, taken), key=_cost):
        if len(taken) >= _MOST_RULES or spent + rule.pairs > budget:
            break
        taken.append(rule)
        spent += rule.pairs
    return taken


def training_rules(rules: Collection[Rule]) -> list[Rule]:
    """Rules of different meanings, on which the model is trained in turn: each leaves the others' columns free."""
    chosen: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (len(rule.keys), _cost(rule))):
        if rule.pairs >= _TOO_FEW and not any(set(rule.meanings) & set(other.meanings) for other in chosen):
            chosen.append(rule)
    return chosen[:_PASSES]


_TOO_FEW = 20
_PASSES = 4


def _doubles(encoded: Encoded, single: list[Rule], taken: list[Rule]) -> Iterator[Rule]:
    alone = {rule.keys[0] for rule in taken}
    left = [rule for rule in single if rule.keys[0] not in alone]
    for first, second in combinations(left, 2):
        if first.meanings != second.meanings:
            keys, meanings = (*first.keys, *second.keys), (*first.meanings, *second.meanings)
            yield _counted(encoded, keys, meanings)


def _counted(encoded: Encoded, keys: tuple[str, ...], meanings: tuple[str, ...]) -> Rule:
    return Rule(keys, meanings, count_pairs([encoded.key(key.format(t=""))[0] for key in keys]))


def _cost(rule: Rule) -> tuple[int, tuple[str, ...]]:
    return rule.pairs, rule.keys
