"""What tags claim about the future, and their time to live: what is accepted, what is found."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from huaxiang.core.tables import STANDARD
from huaxiang.tags.claims import check_claims, compile_claim, definition_hash
from huaxiang.tags.compile import compile_all, compile_tags
from huaxiang.tags.spec import AnyTag

READ = TypeAdapter(AnyTag)

ORDERS = {"table": "orders", "value": "count()", "where": "paid", "default": 0}


def tags(**definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        name: READ.validate_python({"name": name, "dimension": "d", "category": "c", **definition})
        for name, definition in definitions.items()
    }


def codes(claims: dict[str, Any], **tag: Any) -> list[str]:
    definition = tag or {"expression": "n > 1"}
    specs = tags(t={**definition, "claims": {"within": "90d", **claims}}, n=ORDERS)
    return [finding.code for finding in check_claims(specs, compile_all(specs, STANDARD).types, STANDARD)]


RULE = {"cases": [{"when": "n > 3", "then": "high"}], "otherwise": "low"}


@pytest.mark.parametrize(
    ("claims", "tag", "expected"),
    [
        ({"event": "orders"}, {}, []),
        ({"event": "orders where paid and amount > 100", "among": "n > 0"}, {}, []),
        ({"event": "no orders where paid"}, {"expression": "n * 2"}, []),
        ({"event": "NO orders WHERE paid", "says": ["high"]}, RULE, []),
        ({"event": "order"}, {}, ["unknown_table"]),
        ({"event": "products"}, {}, ["unknown_table"]),
        ({"event": "orders where catgory = 'baby'"}, {}, ["unknown_column"]),
        ({"event": "orders where amount"}, {}, ["expression_type"]),
        ({"event": "orders where occurred_at < now()"}, {}, ["expression_now"]),
        ({"event": "whenever orders come"}, {}, ["claim_event"]),
        ({"event": "orders", "among": "m > 0"}, {}, ["unknown_tag"]),
        ({"event": "orders", "says": ["hgh"]}, RULE, ["unknown_value"]),
        ({"event": "orders", "says": [1]}, {"expression": "n * 2"}, ["claim_says"]),
        ({"event": "orders"}, {"attribute": "birthday"}, ["claim_type"]),
        (
            {"event": "orders"},
            {"file": "f.csv", "key": "k", "identifier": "phone", "column": "c", "type": "number"},
            ["claim_timeless"],
        ),
    ],
)
def test_each_mistake_in_a_claim_has_its_code(claims, tag, expected):
    assert codes(claims, **tag) == expected


def test_a_claim_needs_an_event_and_a_span():
    for claims in ({"event": "orders"}, {"within": "90d"}, {"event": "orders", "within": "soon"}):
        with pytest.raises(ValidationError):
            tags(t={"expression": "1", "claims": claims})


def test_a_claim_says_whether_a_fact_comes_or_none_does():
    specs = tags(
        n=ORDERS,
        a={"expression": "n > 1", "claims": {"event": "orders where paid", "within": "90d"}},
        b={"expression": "n > 1", "claims": {"event": "no orders", "within": "12h"}},
    )
    types = compile_all(specs, STANDARD).types
    one, other = (compile_claim(specs[name], types[name], STANDARD, types) for name in ("a", "b"))
    assert (one.table, one.happens, one.where.columns, one.says) == ("orders", True, ("paid",), (True,))
    assert (other.happens, other.where, other.within.hours) == (False, None, 12)


def test_the_digest_of_a_definition_changes_with_all_that_it_reads_and_with_nothing_else():
    def digest(**changes: Any) -> str:
        claims = {"event": "orders", "within": "90d"}
        specs = tags(
            n={**ORDERS, **changes.get("n", {})},
            other={"attribute": changes.get("other", "city")},
            t={"expression": "n > 1", "claims": claims, **changes.get("t", {})},
        )
        return definition_hash(compile_tags(specs, STANDARD), "t")

    assert digest() == digest(other="province") == digest(t={"owner": "Lin", "description": "Better words"})
    changed = [
        digest(),
        digest(n={"window": "30d"}),
        digest(t={"expression": "n > 2"}),
        digest(t={"claims": {"event": "orders", "within": "60d"}}),
    ]
    assert len(set(changed)) == 4


def test_a_time_to_live_needs_facts():
    specs = tags(n={**ORDERS, "ttl": "90d"}, city={"attribute": "city", "ttl": "90d"})
    assert [finding.code for finding in compile_all(specs, STANDARD).findings] == ["ttl_without_facts"]
    with pytest.raises(ValidationError):
        tags(n={**ORDERS, "ttl": "for ever"})
