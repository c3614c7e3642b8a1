"""The six trades: each is built as a user builds it, and its segments find the people whom the simulation planted."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

import huaxiang as hx
from huaxiang.service.examples import TRADES, prepare

pytestmark = pytest.mark.slow

FOUND = {
    "finance": {"conservative_investors": "cautious_savers", "aggressive_investors": "growth_investors"},
    "fashion": {"trend_followers": "trend_followers", "sale_waiters": "sale_waiters"},
    "education": {"trial_only": "tasters", "series_learners": "exam_takers", "lifetime_learners": "lifelong_learners"},
    "health": {"preventers": "preventers", "steady_managers": "managers"},
    "travel": {
        "adventure_travellers": "adventurers",
        "family_travellers": "families",
        "business_travellers": "business",
    },
    "catering": {"frequent_guests": "regulars", "social_guests": "socials", "bargain_guests": "bargain_eaters"},
}
"""Segments → the group that the simulation planted and that most of their members belong to."""


@pytest.mark.parametrize("name", TRADES)
def test_segments_find_the_planted_groups_and_no_row_is_lost(name: str, tmp_path: Path):
    folder = prepare(name, tmp_path, customers=300)
    project = hx.load(folder)
    assert {finding.code for finding in project.check()} <= {"overrides_library"}
    with project.build() as build:
        with (folder / "truth" / "people.csv").open(encoding="utf-8") as file:
            group = {row["member_no"]: row["group"] for row in csv.DictReader(file)}
        identifiers = build.engine.rows(build.engine.table("identifiers"), step="identifiers")
        owner = {row["customer_no"]: group[row["value"]] for row in identifiers if row["type"] == "member_no"}
        memberships = build.engine.rows(build.engine.table("segments"), step="segments")
        quarantined = build.engine.rows(build.engine.table("quarantine"), step="quarantine")
    # Everybody is somebody: each record of a customer and each app account found its person.
    assert len(owner) == len(group) == 300
    assert not quarantined
    for segment, planted in FOUND[name].items():
        members = Counter(owner[row["customer_no"]] for row in memberships if row["segment"] == segment)
        assert members.total() >= 15
        assert members[planted] >= 0.7 * members.total()
