"""Live profiles equal full builds: of every customer, every tag, at moments after the snapshot's."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from live import BUILT, COMPARING, messages, write_live

import huaxiang as hx
from huaxiang.core.moments import Moment
from huaxiang.service.api import Project
from huaxiang.service.builds import Build

ZONE = "Asia/Shanghai"
DAY = timedelta(days=1)


def append(project: Project, seed: int, received: tuple[datetime, datetime], number: int = 30) -> None:
    for source, found in zip(("app", "tills"), messages(seed, number, received), strict=True):
        project.live(source).append(found, keep_received_at=True)


def stored(build: Build) -> dict[str, dict[str, Any]]:
    rows = build.engine.rows(build.engine.table("profiles"), step="profiles")
    members = build.engine.rows(build.engine.table("segments"), step="segments")
    found = {row["customer_id"]: {"tags": row, "segments": set()} for row in rows}
    for row in members:
        found[row["customer_id"]]["segments"].add(row["segment"])
    return found


def differences(live: Build, full: Build, at: datetime) -> list[str]:
    """What the live profiles of a build say otherwise than a full one."""
    expected = stored(full)
    found = []
    for number, customer_id in enumerate(sorted(stored(live))):
        profile = live.live_profiles.profile(number, Moment(at, ZONE))
        should = expected[customer_id]
        for tag, value in profile.tags.items():
            if tag not in COMPARING and value != should["tags"][tag]:
                found.append(f"{customer_id} {tag}: {value} instead of {should['tags'][tag]}")
        if set(profile.segments) != should["segments"]:
            found.append(f"{customer_id}: {profile.segments} instead of {should['segments']}")
    return found


def compare(folder: Path, seed: int) -> None:
    project = hx.load(write_live(folder))
    append(project, seed, (BUILT - 20 * DAY, BUILT + 2 * DAY))
    with project.build(BUILT) as build:
        append(project, seed + 1000, (BUILT, BUILT + 6 * DAY))
        append(project, seed + 2000, (BUILT + DAY, BUILT + 9 * DAY))
        for at in (BUILT, BUILT + 2 * DAY, BUILT + 5.4 * DAY):
            with project.build(at) as full:
                assert differences(build, full, at) == []


def test_live_profiles_equal_full_builds(tmp_path: Path):
    compare(tmp_path, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 4))
def test_live_profiles_equal_full_builds_whatever_arrives(tmp_path: Path, seed: int):
    compare(tmp_path, seed)
