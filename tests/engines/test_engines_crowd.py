"""Clusters, lookalikes and what messages add are the same on DuckDB and on Spark."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builds import compared, content, on_spark
from live import BUILT, LIVE_SOURCES, LIVE_TAGS, messages
from tiny import CRM, ORDERS, ZONE, write_tiny

from huaxiang.service.api import Project, load

pytestmark = pytest.mark.slow

PEOPLE = 160
DAY = timedelta(days=1)

SEGMENTS = """segments:
  spenders: {where: spend_ever >= 1500}
  like_spenders: {lookalike: {seed: spenders, size: 20, tags: [sex, years]}}
"""

CLUSTERS = """clusters:
  crowd: {tags: [spend_ever, orders_ever, years, sex], range: [2, 3]}
"""


def write_crowd(folder: Path) -> Path:
    """The tiny project with live sources and a crowd: most men of sixty spend, few women of thirty do."""
    crm, orders = CRM, ORDERS
    for i in range(PEOPLE):
        old = i % 2
        spends = i % 8 != 1 if old else i % 10 == 0
        phone = f"1380001{i:04}"
        sex, born = ("男", 1964) if old else ("女", 1994)
        crm += f"{1000 + i},人{i},{sex},{born + i % 5}-05-01,{phone},,,,2025-05-01 09:00:00\n"
        for n in range(3 if spends else 1):
            orders += f"B{i}-{n},{phone},2026-01-{1 + n:02} 12:00:00,paid,{600 + i if spends else 20 + i},0,app\n"
    write_tiny(folder, sources=LIVE_SOURCES, tags=LIVE_TAGS, crm=crm, orders=orders)
    (folder / "segments" / "crowd.yml").write_text(SEGMENTS, encoding="utf-8")
    (folder / "segments" / "clusters.yml").write_text(CLUSTERS, encoding="utf-8")
    return folder


def send(project: Project, seed: int, received: tuple[Any, Any]) -> None:
    app, tills = messages(seed, 20, received)
    project.live("app").append(app, keep_received_at=True)
    project.live("tills").append(tills, keep_received_at=True)


@pytest.fixture(scope="module")
def projects(spark, tmp_path_factory: pytest.TempPathFactory) -> list[Project]:
    """The project as DuckDB built it and as Spark did, with messages of before."""
    folder = write_crowd(tmp_path_factory.mktemp("crowd") / "duck")
    send(load(folder), 1, (BUILT - 5 * DAY, BUILT + DAY))
    moved = on_spark(Path(shutil.copytree(folder, folder.with_name("spark"))))
    found = [load(folder), load(moved)]
    for project in found:
        project.build(BUILT).close()
    return found


def test_clusters_lookalikes_and_messages_are_the_same_on_both_engines(projects: list[Project]):
    duck, spark = (content(project.snapshots()[-1], ZONE) for project in projects)
    assert compared(duck, spark) == {}
    assert {row["state"] for row in duck["cluster_catalog"]} == {"found"}
    assert {row["status"] for row in duck["segment_lookalikes"]} == {"built"}
    assert any(row["_source"] == "app" for row in duck["fact_events"])
    assert duck["live_rows_app_0"]


def test_a_snapshot_of_spark_answers_for_live_profiles(projects: list[Project]):
    answers = []
    for project in projects:
        send(project, 2, (BUILT + DAY, BUILT + 2 * DAY))
        with project.open() as build:
            found = [build.live_customer(f"phone:{phone}", BUILT + 3 * DAY) for phone in ("13900000001", "13900000002")]
            answers.append([{**each, "snapshot": None} for each in found])
    assert answers[0] == answers[1]
    assert answers[0][0]["live"] > 0
