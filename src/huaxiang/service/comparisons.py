"""Groups side by side: segments, members of an unsaved rule, everyone – or one of them at two moments."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.cells import harmless
from huaxiang.core.errors import NotFoundError, StoreError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard
from huaxiang.core.spec import NAME_PATTERN
from huaxiang.core.text import Language, Text
from huaxiang.personas.compare import compare as compare_sides
from huaxiang.personas.comparison.model import THIN, Comparison, Contrast, TagRow
from huaxiang.personas.comparison.sides import Side
from huaxiang.personas.comparison.stored import StoredBuild, at_moments, common_tags
from huaxiang.personas.comparison.tell import telling
from huaxiang.personas.tags import Tag
from huaxiang.project.loaded import LoadedProject
from huaxiang.segments.algebra import Rules
from huaxiang.service.past import past_side
from huaxiang.service.plain import plain

if TYPE_CHECKING:
    from huaxiang.service.builds import Build

__all__ = ["THIN", "Compared", "Comparison", "Contrast", "TagRow", "asked_for", "compare", "telling"]

COLUMNS = (
    "tag", "tag_en", "tag_zh", "value", "value_en", "value_zh", "a", "b", "figure_a", "figure_b", "difference", "low",
    "high", "measure", "effect", "p_value", "q_value", "significant", "thin", "defining", "statement_en",
    "statement_zh",
)  # fmt: skip
"""The columns of a comparison as CSV: a row per difference."""

_RULE_CHANGED = Text(
    "The rule of the segment was another one at the earlier moment.", "该分群的规则在较早时点有所不同。"
)
_LEFT_OUT = Text(
    "Of a rule that is no saved segment up to {most} members, drawn by lot, are left out, so that no two comparisons "
    "give a small group away.",
    "未保存为分群的规则，会随机略去至多 {most} 名成员，以防通过两次比较相减推出小群体。",
)
_TAGS_CHANGED = Text(
    "Left out, because they were defined in another way at the earlier moment: {tags}.",
    "以下标签在较早时点的定义不同，未作比较：{tags}。",
)


@dataclass(frozen=True)
class Compared:
    """A comparison, to be read as plain values, written as CSV, or written as a page."""

    figures: Comparison
    project: LoadedProject
    snapshot: str

    def __repr__(self) -> str:
        names = ", ".join(f"'{side.name}' {side.as_of}" for side in self.figures.sides)
        return f"Compared({names}: {len(self.figures.contrasts)} differences)"

    @property
    def text(self) -> Text:
        """What it says, in a few sentences."""
        return self.figures.text

    def as_dict(self) -> dict[str, Any]:
        """Everything, for JSON: `sides`, `overlaps`, `tags`, `values`, `contrasts`, and how tests were corrected."""
        found: dict[str, Any] = plain(self.figures)
        return found

    def csv(self, path: str | Path) -> int:
        """Write a row per difference (`COLUMNS`), in order of reading; the number of rows.

        Raises:
            StoreError: the place can't be written to.
        """
        target = Path(path)
        rows = list(self._rows())
        try:
            target.absolute().parent.mkdir(parents=True, exist_ok=True)
            with whole_file(target) as partial, partial.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in rows)
        except OSError as error:
            raise StoreError(f"the comparison can't be written to {target}: {error.strerror or error}") from error
        return len(rows)

    def html(self, path: str | Path, language: Language | None = None) -> Path:
        """Write the comparison as one HTML page and return its path. It opens in `language`; a reader can switch.

        Raises:
            StoreError: the place can't be written to.
        """
        from huaxiang.service import reports

        return reports.write_comparison(self.figures, self.project.spec, self.snapshot, Path(path), language)

    def _rows(self) -> Any:
        tags = {row.tag: row for row in self.figures.tags}
        labels = {(row.tag, row.value): row.label for row in self.figures.values}
        for row in self.figures.contrasts:
            tag, value = tags[row.tag].label, labels[row.tag, row.value]
            told = {"tag_en": tag.en, "tag_zh": tag.zh, "value_en": value.en, "value_zh": value.zh}
            told |= {"statement_en": row.statement.en, "statement_zh": row.statement.zh}
            names = {side: self.figures.sides[getattr(row, side)] for side in ("a", "b")}
            moments = len({side.as_of for side in self.figures.sides}) > 1
            told |= {side: f"{one.name} {one.as_of}" if moments else one.name for side, one in names.items()}
            yield {name: told.get(name, getattr(row, name, None)) for name in COLUMNS}


def compare(
    build: Build,
    asked: Sequence[str],
    before: Build | None = None,
    at: Moment | None = None,
    tags: Collection[str] = (),
    *,
    family_wise: bool = False,
    exact: bool = False,
) -> Compared:
    """Put what was `asked` for side by side: names of segments, `everyone`, or rules over tags as segments have them.

    Of a rule some members are left out unless `exact` (`core.small_groups`): two comparisons then give no small group
    away. With `before`, another build, or `at`, an earlier moment, the one that was asked for is compared with itself
    then.

    Raises:
        NotFoundError: there is no such segment or tag.
        ProjectError: a rule holds a mistake.
        UsageError: there are fewer than two sides or more than six, moments make no sense, or a rule may hold too few.
    """
    now = StoredBuild(build.engine, build.moment, build.portrayer)
    guard = build.guard.exactly() if exact else build.guard
    known: dict[str, Tag] = now.tags
    notes: list[Text] = []
    if before is None and at is None:
        sides = [_side(build, now, text, guard) for text in asked]
    else:
        if len(asked) != 1:
            raise UsageError(f"Two moments are compared of one segment, not of {len(asked)}: {', '.join(asked)}.")
        if before is not None:
            then = StoredBuild(before.engine, before.moment)
            earlier = _side(before, then, asked[0], guard)
            known, changed = common_tags(now, then)
            notes += _notes(now, then, asked[0], changed)
        else:
            assert at is not None  # noqa: S101 - one of the two is given
            if not NAME_PATTERN.fullmatch(asked[0]):
                raise UsageError(f"'{asked[0]}' is a rule: save it as a segment to see it at an earlier moment.")
            earlier, known = past_side(build.project, now, asked[0], at)
        sides = at_moments([_side(build, now, asked[0], guard), earlier])
    if guard.margin and not all(map(NAME_PATTERN.fullmatch, asked)):
        most = 2 * guard.margin
        notes.append(Text(_LEFT_OUT.en.format(most=most), _LEFT_OUT.zh.format(most=most)))
    for name in tags:
        _must_be(name, known)
    spec = build.project.spec
    found = compare_sides(
        sides,
        known,
        threshold=spec.minimum_group,
        currency=spec.currency,
        correction="holm" if family_wise else "benjamini_hochberg",
        wanted=tags,
    )
    return Compared(replace(found, notes=tuple(notes)), build.project, build.snapshot.id)


def asked_for(sides: Sequence[str | Sequence[str]]) -> list[str]:
    """Names and rules, given one by one or as a list, as one list."""
    return list(chain.from_iterable([side] if isinstance(side, str) else side for side in sides))


def _side(build: Build, stored: StoredBuild, text: str, guard: Guard) -> Side:
    """A segment by its name; anything that is no name is a rule."""
    if NAME_PATTERN.fullmatch(text):
        return stored.segment(text)
    held = Rules(build.engine, build.moment).holds({"inside": text})
    side = stored.side(text, Text.of(text), held.filter(held["inside"]), text)
    assert side.members is not None  # noqa: S101 - only everyone has none
    members = guard.members(side.members)
    if members is None:
        raise UsageError(f"'{text}' may hold fewer than {guard.threshold} customers: they are too few to be compared.")
    return replace(side, members=members)


def _notes(now: StoredBuild, then: StoredBuild, name: str, changed: Sequence[str]) -> list[Text]:
    notes = []
    if name in now.groups and now.groups[name].rule != then.groups[name].rule:
        notes.append(_RULE_CHANGED)
    if changed:
        labels = [now.tags[tag].label for tag in changed]
        english, chinese = (", ".join(label.en for label in labels), "、".join(label.zh for label in labels))
        notes.append(Text(_TAGS_CHANGED.en.format(tags=english), _TAGS_CHANGED.zh.format(tags=chinese)))
    return notes


def _must_be(name: str, known: Collection[str]) -> None:
    if name not in known:
        guess = near_miss(name, known)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise NotFoundError(f"There is no tag '{name}' to compare by.{hint}")
