"""Messages as rows: their keys become columns as data warehouses have them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.core.tables import STANDARD
from huaxiang.sources.live import check_live, column_name, expected_columns, flat
from huaxiang.sources.spec import SourceSpec


@pytest.mark.parametrize(
    ("message", "row"),
    [
        ({"messageId": "m1", "properties": {"productId": "p1"}}, {"message_id": "m1", "properties_product_id": "p1"}),
        ({"context": {"OSVersion": "17", "app": {}}}, {"context_os_version": "17"}),
        ({"a": 1, "b": 2.5, "c": True, "d": None, "e": float("nan")}, {"a": "1", "b": "2.5", "c": "true"}),
        ({"products": [{"id": "p1"}], "手机": "139"}, {"products": '[{"id": "p1"}]', "手机": "139"}),
        ({"userId": "first", "user_id": "second"}, {"user_id": "first"}),
        ({"_file": "x", "text": "a\x00b\ud800"}, {"file": "x", "text": "ab\ufffd"}),
    ],
)
def test_a_message_becomes_a_row_of_texts(message: dict[str, Any], row: dict[str, str]):
    assert flat(message) == row


KEYS = st.text(st.characters(categories=("L", "N", "P")), min_size=1).filter(lambda key: any(c.isalpha() for c in key))


@given(st.dictionaries(KEYS, st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_a_flat_row_is_flat_already(message: dict[str, Any]):
    row = flat(message)
    assert flat(row) == row
    assert all(name == column_name(name) for name in row)


def source(**more: Any) -> SourceSpec:
    feed = {"table": "events", "columns": {"name": "event", "occurred_at": "at", "received_at": "received_at"}}
    return SourceSpec.model_validate({"live": True, "key": "id", "feeds": [feed], **more} | {"name": "app"})


def test_columns_that_a_definition_speaks_of_are_there_before_any_message():
    assert expected_columns(source()) == ["id", "received_at", "event", "at"]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (source(key=[]), "live_key"),
        (source(key=["id", "part"]), "live_key"),
        (source(key="messageId"), "live_key"),
        (source(feeds=[{"table": "events", "columns": {"name": "event", "occurred_at": "at"}}]), "live_received_at"),
        (
            source(feeds=[{"table": "records", "columns": {"points": "days_since(at)"}}]),
            "live_moment",
        ),
    ],
)
def test_mistakes_of_live_sources_are_found(spec: SourceSpec, code: str):
    assert [finding.code for finding in check_live(spec, STANDARD)] == [code]


def test_a_live_source_without_mistakes_has_no_findings():
    assert list(check_live(source(), STANDARD)) == []


def test_a_source_is_live_or_somewhere_else_but_not_both():
    with pytest.raises(ValueError, match="has one of 'path'"):
        source(path="x.csv")
