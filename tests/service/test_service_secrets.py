"""The number of an identity card joins records, and reaches no snapshot in clear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import write_tiny

import huaxiang as hx
from huaxiang.service.builds import Build

CARD, OTHER = "11010519491231002X", "440308199901101512"
CRM = f"""crm_id,card,name,copy,updated
1,{CARD},王芳,{CARD},2025-01-05
2,{CARD.lower()},王方,,2025-01-06
3,{OTHER},李雷,{OTHER},2025-01-07
4,{CARD[:-1]}1,周三,,2025-01-08
,{OTHER},没有编号,{OTHER},2025-01-08
"""
SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: crm_id
    feeds:
      - table: records
        identifiers: {id_card: card}
        columns:
          recorded_at: updated
          name: name
          national_id: {value: "trim(copy)", clean: id_card}
tables:
  records:
    columns:
      national_id: {label: {en: Identity card, zh: 身份证号}, privacy: L4}
"""
EMPTY = {"tags": "tags: {}\n", "segments": "segments: {}\n", "personas": "personas: {}\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "cards", crm=CRM, sources=SOURCES, **EMPTY)


def in_clear(build: Build) -> list[str]:
    """The tables of the snapshot, and its files, that hold a number of a card."""
    found = []
    for name in build.engine.names():  # type: ignore[attr-defined]
        text = json.dumps(build.engine.rows(build.engine.table(name), step="read"), default=str).upper()
        if CARD in text or OTHER in text:
            found.append(name)
    for path in build.snapshot.folder.rglob("*"):
        if path.is_file() and (CARD.encode() in path.read_bytes() or OTHER.encode() in path.read_bytes()):
            found.append(path.name)
    return found


def test_with_a_key_cards_join_records_as_tokens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUAXIANG_TOKEN_KEY", "a long secret")
    with hx.load(folder).build() as build:
        assert in_clear(build) == []
        wang = build.customer(f"id_card:{CARD}")
        assert [row["record_key"] for row in wang["records"]] == ["1", "2"]
        (card,) = wang["identifiers"]
        assert card["value"].startswith("t_")
        attributes = build.engine.rows(build.engine.table("attributes"), step="read")
        assert {row["national_id"] for row in attributes} >= {card["value"], None}
        (row,) = build.engine.rows(build.engine.table("quarantine"), step="read")
        assert json.loads(row["data"]) | {"card": "****", "copy": "****"} == json.loads(row["data"])
        (mapped,) = (
            row
            for row in build.engine.rows(build.engine.table("data_map"), step="read")
            if row["column"] == "id_id_card"
        )
        assert (mapped["cleaning"], mapped["invalid"]) == ("id_card, token", 1)


def test_without_a_key_cards_are_dropped_and_nobody_is_called_invalid(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUAXIANG_TOKEN_KEY", raising=False)
    project = hx.load(folder)
    assert "token_key_missing" in {finding.code for finding in project.check()}
    with project.build() as build:
        assert in_clear(build) == []
        assert build.summary["customers"] == 4
        assert build.engine.rows(build.engine.table("identifiers"), step="read") == []
        invalid = {
            row["column"]: row["invalid"] for row in build.engine.rows(build.engine.table("data_map"), step="read")
        }
        assert invalid["id_id_card"] == 1
