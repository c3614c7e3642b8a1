"""What an open build keeps of its profiles: the same figures as without, and no more memory than was meant."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from shop import AS_OF

from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.personas.measure import sample_of
from huaxiang.personas.placed import NO_ROOM, Room
from huaxiang.personas.run import Portrayer
from huaxiang.project.loaded import LoadedProject
from huaxiang.service import portraits


@pytest.mark.parametrize("memory", [1_000_000, 1_500, 1])
def test_a_portrait_of_kept_tags_is_the_one_of_tags_that_are_read(shop, portrait, memory: int):
    portrayer = Portrayer(shop, moment=AS_OF, threshold=1, room=Room(memory))
    for segment in ("half", "fans"):
        kept, read = portrayer.portray(segment), portrait(segment)
        assert (kept.figures, kept.text, kept.typical) == (read.figures, read.text, read.typical)


def test_a_portrait_after_the_first_reads_nobody_but_the_members(shop, monkeypatch: pytest.MonkeyPatch):
    portrayer = Portrayer(shop, moment=AS_OF, threshold=1, room=Room(1_000_000))
    portrayer.portray("half")
    monkeypatch.setattr("huaxiang.personas.count.read_columns", None)
    monkeypatch.setattr("huaxiang.personas.typical.read_columns", None)
    assert portrayer.portray("fans").figures.size == 20


@pytest.mark.parametrize("memory", [1_000_000, 1_500])
def test_a_comparison_of_kept_tags_is_the_one_of_tags_that_are_read(shop, memory: int):
    plain, portrayer = StoredBuild(shop, AS_OF), Portrayer(shop, moment=AS_OF, threshold=1, room=Room(memory))
    portrayer.portray("half")
    kept = StoredBuild(shop, AS_OF, portrayer)
    found, expected = (
        compare([build.segment("fans"), build.segment("half")], build.tags, threshold=1) for build in (kept, plain)
    )
    assert found == expected


def test_members_are_read_again_after_a_release(shop):
    population = Portrayer(shop, moment=AS_OF).population
    before = population.crowd("fans").places.tolist()
    population.release()
    assert population.crowd("fans").places.tolist() == before


def test_room_is_never_overdrawn():
    room = Room(100)
    assert room.takes(60)
    assert not room.takes(60)
    assert room.takes(40)
    assert room.left == 0
    assert NO_ROOM.left == 0


def test_builds_that_share_a_room_take_no_more_than_it_has_until_one_is_gone(shop):
    room = Room(1_000_000)
    one, other = (Portrayer(shop, moment=AS_OF, threshold=1, room=room) for _ in range(2))
    one.portray("half")
    taken = 1_000_000 - room.left
    assert taken > 0
    other.portray("half")
    assert room.left == 1_000_000 - 2 * taken
    del one
    gc.collect()
    assert room.left == 1_000_000 - taken

    full = Room(taken)
    first, second = (Portrayer(shop, moment=AS_OF, threshold=1, room=full) for _ in range(2))
    assert first.portray("half").figures == second.portray("half").figures
    assert full.left == 0


def test_open_builds_of_a_process_keep_their_tags_in_one_room(shop, monkeypatch: pytest.MonkeyPatch):
    room = Room(1_000_000)
    monkeypatch.setattr(portraits, "_ROOM", room)
    project = SimpleNamespace(spec=SimpleNamespace(minimum_group=1, currency="CNY"))
    left = []
    held = [portraits.portrayer(shop, cast(LoadedProject, project), AS_OF) for _ in range(2)]
    for portrayer in held:
        portrayer.portray("half")
        left.append(room.left)
    assert 1_000_000 > left[0] > left[1]


def test_single_precision_is_summed_in_double():
    # The sum is beyond the 16,777,216 up to which single precision counts.
    numbers = np.array([1, *[16_777_215] * 9], dtype=np.float32)
    assert sample_of(numbers).mean == pytest.approx(15_099_493.6, abs=0.01)
