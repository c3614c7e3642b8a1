"""How far a build is, and how long it will take."""

from __future__ import annotations

from huaxiang.project.estimate import Estimate


def told(names: list[str], former: dict[str, float], *moves: tuple[int, float]) -> list[tuple[str, float]]:
    """What is told of the shares that are done."""
    found = []
    estimate = Estimate(names, former, lambda name, done, total: found.append((name, done / total)))
    for step, share in moves:
        estimate.begin(step)
        estimate.within(share)
    return [each for place, each in enumerate(found) if place % 2]


def test_steps_weigh_what_they_took_before():
    assert told(["read", "tags"], {"read": 3.0, "tags": 1.0}, (0, 0.5), (1, 0.0)) == [("read", 0.375), ("tags", 0.75)]


def test_a_step_that_is_new_weighs_as_much_as_the_others_on_average():
    # Of 2 + 4 + 3 seconds, 6 are done when the new one begins.
    assert told(["a", "b", "new"], {"a": 2.0, "b": 4.0}, (2, 0.0)) == [("new", 6 / 9)]


def test_before_any_build_all_steps_weigh_the_same():
    assert told(["a", "b"], {}, (1, 0.0)) == [("b", 0.5)]


def test_a_step_that_is_skipped_says_nothing_about_how_far_the_build_is():
    [(_, share)] = told(["read", "tags"], {"read": 0.0, "tags": 9.99}, (1, 0.0))
    assert round(share, 3) == 0.001


def test_nobody_needs_to_watch():
    Estimate(["a"], {}, None).begin(0)
