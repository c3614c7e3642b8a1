"""The parts that a vertex holds together, and percentiles, against oracles that try everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.identity.health import articulation
from huaxiang.identity.health.articulation import two_parts
from huaxiang.identity.health.figures import percentile

Edges = list[tuple[int, int]]


def parts_without(vertices: int, edges: Edges, weight: list[int], taken: int) -> list[int]:
    """The weights of the parts that the component of `taken` leaves, by flooding the graph without it."""
    around: dict[int, set[int]] = {vertex: set() for vertex in range(vertices)}
    for one, other in edges:
        around[one].add(other)
        around[other].add(one)
    seen, parts = {taken}, []
    for start in sorted(around[taken]):
        if start in seen:
            continue
        part, front = {start}, [start]
        while front:
            for other in around[front.pop()] - part - {taken}:
                part.add(other)
                front.append(other)
        seen |= part
        parts.append(sum(weight[vertex] for vertex in part))
    return sorted(parts, reverse=True)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges, list[int]]:
    vertices = draw(st.integers(1, 12))
    vertex = st.integers(0, vertices - 1)
    pairs = draw(st.lists(st.tuples(vertex, vertex).filter(lambda pair: pair[0] != pair[1]), max_size=18))
    weight = draw(st.lists(st.integers(0, 3), min_size=vertices, max_size=vertices))
    return vertices, list({(min(pair), max(pair)) for pair in pairs}), weight


def found(vertices: int, edges: Edges, weight: list[int]) -> list[tuple[int, int]]:
    ends = np.array(edges, np.int64).reshape(-1, 2)
    one, other = two_parts(vertices, ends[:, 0], ends[:, 1], np.array(weight, np.int64))
    return list(zip(one.tolist(), other.tolist(), strict=True))


@settings(deadline=None)  # scipy loads with the first graph
@given(graphs())
def test_what_a_vertex_holds_together_is_what_falls_asunder_without_it(graph: tuple[int, Edges, list[int]]) -> None:
    vertices, edges, weight = graph
    expected = [(*parts_without(vertices, edges, weight, vertex), 0, 0)[:2] for vertex in range(vertices)]
    assert found(*graph) == expected


def test_the_compiled_loop_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    edges = [(int(a), int(b)) for a, b in random.integers(0, 60, (70, 2)) if a != b]
    graph = (60, sorted(set(edges)), random.integers(0, 4, 60).tolist())
    plain = found(*graph)
    monkeypatch.setattr(articulation, "COMPILED_FROM", 0)
    assert found(*graph) == plain


def test_a_chain_longer_than_pythons_stack_is_walked() -> None:
    # The middle of a chain of 5,001 holds 2,500 and 2,500 together.
    chain = [(number, number + 1) for number in range(5_000)]
    assert found(5_001, chain, [1] * 5_001)[2_500] == (2_500, 2_500)


def test_a_graph_of_nothing_has_no_parts() -> None:
    assert found(0, [], []) == []


@given(st.dictionaries(st.integers(0, 50), st.integers(1, 20), min_size=1), st.sampled_from((0.5, 0.99, 1.0)))
def test_a_percentile_is_the_smallest_number_that_the_share_does_not_exceed(
    histogram: dict[int, int], share: float
) -> None:
    numbers = sorted(number for number, count in histogram.items() for _ in range(count))
    expected = next(n for n in numbers if sum(other <= n for other in numbers) >= share * len(numbers))
    assert percentile(histogram, share) == expected


def test_nobody_has_no_percentile() -> None:
    assert percentile({}, 0.5) is None
