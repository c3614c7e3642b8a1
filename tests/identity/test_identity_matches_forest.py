"""The order of what joins records: decisions, identifiers, matches; and who gets a value that several people share."""

from __future__ import annotations

from huaxiang.identity.contested import Pair
from huaxiang.identity.forest import Decision, Value, resolve_apart

UNLIKE, ALIKE = -12.0, 12.0


def groups(nodes: list[int]) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for node, component in enumerate(nodes):
        found.setdefault(component, set()).add(node)
    return {frozenset(members) for members in found.values()}


def sets(*members: str) -> set[frozenset[int]]:
    return {frozenset(map(int, group)) for group in members}


def test_what_people_said_wins_over_single_types():
    members = [Value([0], single=0), Value([1], single=0)]
    resolved = resolve_apart(2, members, decisions=[Decision(1, True, 0, 1)])
    assert groups(resolved.nodes) == sets("01")
    assert resolved.refusals == []
    # The customer that a decision made has both values, and no third.
    third = resolve_apart(3, [*members, Value([2], single=0), Value([1, 2])], decisions=[Decision(1, True, 0, 1)])
    assert groups(third.nodes) == sets("01", "2")


def test_no_chain_brings_together_what_a_decision_keeps_apart():
    chain = [Value([0, 1]), Value([1, 2]), Value([2, 3])]
    resolved = resolve_apart(4, chain, decisions=[Decision(1, False, 0, 3)])
    assert groups(resolved.nodes) == sets("012", "3")
    assert [(refusal.value, refusal.reason) for refusal in resolved.refusals] == [(2, "decided")]


def test_of_decisions_that_contradict_each_other_the_later_wins_and_the_earlier_is_told():
    said = [Decision(1, True, 0, 1), Decision(2, True, 1, 2), Decision(3, False, 0, 2)]
    resolved = resolve_apart(3, [], decisions=said)
    assert (groups(resolved.nodes), resolved.contradicted) == (sets("0", "12"), [1])
    again = [Decision(1, False, 0, 2), Decision(2, True, 0, 1), Decision(3, True, 1, 2)]
    resolved = resolve_apart(3, [], decisions=again)
    assert (groups(resolved.nodes), resolved.contradicted) == (sets("012"), [1])


def test_a_match_joins_what_no_identifier_does_unless_a_decision_or_the_evidence_forbids_it():
    assert groups(resolve_apart(2, [], pairs=[Pair(0, 1, 9.0)]).nodes) == sets("01")
    rejected = resolve_apart(2, [], decisions=[Decision(4, False, 0, 1)], pairs=[Pair(0, 1, 9.0)])
    assert (groups(rejected.nodes), rejected.unmatched[0].reason) == (sets("0", "1"), "decided")
    # One bridge of 5 bits between two couples; the other pairs between them speak against it.
    bridge = [Pair(1, 2, 5.0), *(Pair(a, b, -6.0, 0.0, joins=False) for a, b in ((0, 2), (0, 3), (1, 3)))]
    thin = resolve_apart(4, [Value([0, 1]), Value([2, 3])], pairs=bridge)
    assert (groups(thin.nodes), thin.unmatched) == (sets("01", "23"), {0: None})


def test_a_shared_value_goes_to_people_and_not_to_records():
    # 0 and 1 are she, 2 is he; all have one phone. She has more records, so it is hers.
    pairs = [
        Pair(0, 1, 20.0, ALIKE),
        Pair(0, 2, -20.0, UNLIKE, joins=False),
        Pair(1, 2, -20.0, UNLIKE, joins=False),
    ]
    resolved = resolve_apart(3, [Value([2, 0, 1], shared=True)], pairs=pairs)
    assert groups(resolved.nodes) == sets("01", "2")
    assert [(refusal.node, refusal.reason) for refusal in resolved.refusals] == [(2, "unlike")]
    # What people don't share joins them all the same.
    assert groups(resolve_apart(3, [Value([2, 0, 1])], pairs=pairs).nodes) == sets("012")


def test_a_record_that_says_nothing_of_whose_it_is_gets_a_shared_value_only_where_one_person_is_clearly_closer():
    apart = Pair(0, 1, -20.0, UNLIKE, joins=False)
    either = resolve_apart(3, [Value([0, 1, 2], shared=True)], pairs=[apart, Pair(0, 2, 5.0), Pair(1, 2, 5.0)])
    assert groups(either.nodes) == sets("0", "1", "2")
    assert ("contested", 2) in [(refusal.reason, refusal.node) for refusal in either.refusals]
    hers = resolve_apart(3, [Value([0, 1, 2], shared=True)], pairs=[apart, Pair(0, 2, 12.0), Pair(1, 2, 2.0)])
    assert groups(hers.nodes) == sets("02", "1")
    # A fact, which was compared with nobody, is whose the value is.
    fact = resolve_apart(3, [Value([0, 1, 2], shared=True)], pairs=[apart])
    assert groups(fact.nodes) == sets("02", "1")
