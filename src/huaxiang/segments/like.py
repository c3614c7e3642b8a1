"""Lookalikes: the customers most like a seed segment, by a model that has shown on a holdout that it can tell them.

Each tag is cut into a few bins (a number at its quantiles, a text into its frequent values, no value being a bin of its
own), and a logistic regression weighs the bins, as scorecards do (Siddiqi, "Credit Risk Scorecards", 2006). Who is in
the sample and who in the holdout hangs on a hash of `customer_id`, so that every build and every engine finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.buckets import buckets
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.tables import SENSITIVE, Privacy
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.compile import COMPARABLE
from huaxiang.segments.done import KEY
from huaxiang.segments.like_model import Fitted, Model, fit
from huaxiang.segments.plan import SegmentPlan

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

MINIMUM_SEED = 50
"""Members that a seed must have: fewer say nothing that a holdout could confirm."""

SEEDS, OTHERS = 20_000, 40_000
"""About so many members and others are looked at, at most."""

TOO_GOOD = 0.99
"""From this area on the tags most likely repeat what makes somebody a member."""

_POOL = "_like_pool"
_HOLDOUT = ("0", "1", "2", "3", "4")
"""Last hexadecimal digits of the hash of those held out: 5 in 16."""

_CHUNK = 500_000


@dataclass(frozen=True)
class KnownTag:
    """What finding lookalikes must know of a tag: its type, the tags it reads, and how private it is."""

    type: Type
    reads: tuple[str, ...] = ()
    privacy: Privacy = "L2"


@dataclass(frozen=True)
class Like:
    """What came of one lookalike: its `members` (`customer_no`, `score`), or the `refusal`.

    `fitted` is what was measured, where anything could be; `note` is what a reader should know of it.
    """

    seed: str
    seed_size: int
    candidates: int
    members: pa.Table
    fitted: Fitted | None = None
    refusal: Text | None = None
    note: Text = field(default_factory=lambda: Text("", ""))


def find_alike(
    engine: Engine, plan: SegmentPlan, name: str, pool: ibis.Table, tags: Mapping[str, KnownTag], moment: Moment
) -> Like:
    """The customers most like the seed of the lookalike segment `name`, the best first.

    `pool` has everyone: `customer_id`, `customer_no`, `seed`, `candidate` (who may be found, unless in the seed).
    """
    spec = plan.segments[name].spec.lookalike
    assert spec is not None  # noqa: S101 - the caller names a lookalike
    written = engine.create(_POOL, pool.mutate(candidate=pool.candidate & ~pool.seed), step=f"pool of {name}")
    sizes = written.aggregate(seeds=written.seed.sum(), candidates=written.candidate.sum())
    counted = {key: int(value or 0) for key, value in engine.rows(sizes, step=f"pool of {name}")[0].items()}
    found = Like(spec.seed, counted["seeds"], counted["candidates"], _no_members())
    if found.seed_size < MINIMUM_SEED or found.candidates < MINIMUM_SEED:
        return replace(found, refusal=_few(found))
    names = spec.tags or comparable_tags(plan, spec.seed, tags)
    fitted = fit(_sample(engine, written, names, found), {each: tags[each].type for each in names}, moment)
    if fitted is None:
        return replace(found, refusal=_NOTHING)
    if fitted.holdout.low < spec.minimum_auc:
        return replace(found, fitted=fitted, refusal=_weak(fitted, spec.minimum_auc))
    size = spec.size if spec.size is not None else max(1, round(found.candidates * (spec.share or 0.0)))
    members = _best(engine, written, fitted.model, size, moment)
    note = _SAME if fitted.holdout.area >= TOO_GOOD else found.note
    return replace(found, members=members, fitted=fitted, note=note)


def comparable_tags(plan: SegmentPlan, seed: str, tags: Mapping[str, KnownTag]) -> tuple[str, ...]:
    """The tags by which lookalikes of `seed` are found where the definition names none.

    Sensitive ones are left out, and all that define the seed: the tags of its rule, what these are made of, and what
    is made of them.
    """
    rule = _of_rule(plan, seed)
    upward = _closure(rule, lambda name: tags[name].reads if name in tags else ())
    readers = {name: [other for other, tag in tags.items() if name in tag.reads] for name in tags}
    downward = _closure(rule, lambda name: readers.get(name, ()))
    return tuple(
        name
        for name, tag in tags.items()
        if tag.type in COMPARABLE and tag.privacy != SENSITIVE and name not in upward | downward
    )


def _of_rule(plan: SegmentPlan, seed: str) -> set[str]:
    """The tags that a segment's rule reads, with those of all segments it speaks of."""
    segments = _closure({seed}, lambda name: plan.segments[name].uses if name in plan.segments else ())
    return {tag for name in segments if name in plan.segments for tag in plan.segments[name].tags}


def _closure(start: Iterable[str], following: Any) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        fresh = set(following(waiting.pop())) - found
        found |= fresh
        waiting += sorted(fresh)
    return found


def _sample(engine: Engine, pool: ibis.Table, names: Iterable[str], found: Like) -> pa.Table:
    """Members and others in order of their number, with the tags `names`, `seed`, `held_out` and `stands_for`."""
    import ibis

    digest = (ibis.literal("lookalike:") + pool[CUSTOMER_ID]).hexdigest("md5")
    seeds, others = _part(SEEDS, found.seed_size), _part(OTHERS, found.candidates)
    kept = (pool.seed & (digest <= seeds[0])) | (pool.candidate & (digest <= others[0]))
    chosen = pool.mutate(
        held_out=digest.substr(31, 1).isin(_HOLDOUT), stands_for=ibis.ifelse(pool.seed, seeds[1], others[1])
    ).filter(kept)
    marked = chosen.select(KEY, _seed=chosen.seed, _held_out=chosen.held_out, _stands_for=chosen.stands_for)
    rows = engine.table("profiles").select(KEY, *names).join(marked, KEY).order_by(KEY)
    sample = engine.arrow(rows, step="sample for lookalikes")
    return sample.rename_columns([name.removeprefix("_") if name in _MARKS else name for name in sample.column_names])


_MARKS = frozenset({"_seed", "_held_out", "_stands_for"})


def _part(wanted: int, there: int) -> tuple[str, float]:
    """The hash up to which about `wanted` of `there` are looked at, and how many customers each of them stands for."""
    share = min(1.0, wanted / there)
    return f"{min(int(share * 16**8), 16**8 - 1):08x}" + "f" * 24, 1.0 / share


def _best(engine: Engine, pool: ibis.Table, model: Model, size: int, moment: Moment) -> pa.Table:
    """The `size` candidates with the highest scores; of equal ones those with the lower numbers."""
    import numpy as np
    import pyarrow as pa

    numbers, scores = [np.empty(0, np.int64)], [np.empty(0)]
    for rows in _candidates(engine, pool, model.tags):
        numbers.append(rows[KEY].to_numpy())
        scores.append(model.score(rows, moment))
    number, score = np.concatenate(numbers), np.round(np.concatenate(scores), 9)
    chosen = np.lexsort((number, -score))[:size]
    return pa.table({KEY: number[chosen], "score": score[chosen]})


def _candidates(engine: Engine, pool: ibis.Table, names: Iterable[str]) -> Iterator[pa.Table]:
    """The tags `names` of all candidates, so many customers at a time."""
    last = engine.rows(pool.aggregate(last=pool[KEY].max()), step="customers")[0]["last"]
    profiles = engine.table("profiles").select(KEY, *names)
    for part in buckets(last + 1, _CHUNK):
        mine = pool.filter(pool.candidate, pool[KEY].between(part.start, part.stop - 1)).select(KEY)
        rows = profiles.filter(profiles[KEY].between(part.start, part.stop - 1)).semi_join(mine, KEY)
        yield engine.arrow(rows, step="candidates for lookalikes")


def _no_members() -> pa.Table:
    import pyarrow as pa

    return pa.table({KEY: pa.array([], pa.int64()), "score": pa.array([], pa.float64())})


_NOTHING = Text("no tag tells its seed from other customers", "没有任何标签能区分种子人群与其他客户")
_SAME = Text(
    "The seed is told apart almost perfectly: the tags may repeat what defines it. Name other 'tags'.",
    "种子人群几乎被完全区分：所用标签可能只是重复了其定义。请用 tags 指定其他标签。",
)


def _few(found: Like) -> Text:
    seeds, candidates = f"{found.seed_size:,}", f"{found.candidates:,}"
    return Text(
        f"its seed has {seeds} members and {candidates} others to choose from; {MINIMUM_SEED} are needed of each",
        f"种子人群 {seeds} 人、可选客户 {candidates} 人；两者都至少需要 {MINIMUM_SEED} 人",
    )


def _weak(fitted: Fitted, minimum: float) -> Text:
    held = fitted.holdout
    shown, interval = f"{held.area:.3f}", f"{held.low:.3f}–{held.high:.3f}"
    return Text(
        f"its model is too weak: holdout AUC {shown} (95 % interval {interval}; {minimum:g} or more is wanted)",
        f"模型区分力不足：留出集 AUC 为 {shown}（95% 置信区间 {interval}，区间下限须达到 {minimum:g}）",
    )
