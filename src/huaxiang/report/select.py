"""What of the figures is shown: a report that showed everything would tell nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from huaxiang.core.text import Text
from huaxiang.service.figures import Figures
from huaxiang.service.figures.model import PersonaFigures, PersonaTagFigures, SegmentFigures, ValueFigures

OVERLAP_SEGMENTS = 16
"""Segments in the heat map of overlaps; more would not be readable."""

MAPPED = ("rfm_group", "value_tier", "lifecycle_stage")
"""Tags whose values have a section of their own."""

TELLING = 12
"""Values in the chart of what sets a persona apart."""

TELLING_OF_CATEGORY = 2
"""Tags of one category among them."""

STATEMENTS = 8
"""Statements in words."""

DISTRIBUTIONS = 6
"""Tags whose distribution is drawn."""

NUMBERS = 10
"""Numeric tags that are drawn."""

Telling = tuple[PersonaTagFigures, ValueFigures]


def telling_values(persona: PersonaFigures) -> list[Telling]:
    """The most telling value of each of the most telling tags of the dimensions that matter.

    Of the values of a tag the one that members have more often than others is taken, unless another gap is more than
    twice as wide: a portrait says what people are rather than what they are not.
    """
    found: list[Telling] = []
    for tag in varied((tag for tag in persona.tags if persona.is_front(tag)), TELLING_OF_CATEGORY):
        known = [value for value in tag.values if value.difference is not None and value.tgi is not None]
        if known:
            widest = max(known, key=lambda value: abs(value.difference or 0))
            above = max(known, key=lambda value: value.difference or 0)
            positive = (above.difference or 0) >= abs(widest.difference or 0) / 2
            found.append((tag, above if positive else widest))
    return found[:TELLING]


def varied(tags: Iterable[PersonaTagFigures], most: int) -> list[PersonaTagFigures]:
    """At most `most` tags of a category, in order: tags of a category often say the same again."""
    seen: Counter[str] = Counter()
    kept = []
    for tag in tags:
        if not tag.defining and seen[tag.category] < most:
            seen[tag.category] += 1
            kept.append(tag)
    return kept


def distribution_tags(persona: PersonaFigures) -> list[PersonaTagFigures]:
    """The tags whose distribution is drawn: the most telling ones, without those that define the segment."""
    return varied((tag for tag in persona.tags if len(tag.values) > 1), 1)[:DISTRIBUTIONS]


def number_tags(persona: PersonaFigures) -> list[PersonaTagFigures]:
    """The numeric tags that are drawn."""
    known = (tag for tag in persona.tags if tag.numbers and tag.numbers.effect is not None)
    return varied(known, TELLING_OF_CATEGORY)[:NUMBERS]


def statement_tags(persona: PersonaFigures, *, front: bool = True) -> list[PersonaTagFigures]:
    """The tags whose statement is read out: of the dimensions that matter, or of all others."""
    told = (tag for tag in persona.tags if tag.statement and persona.is_front(tag) is front)
    return varied(told, TELLING_OF_CATEGORY)[:STATEMENTS]


def front_dimensions(persona: PersonaFigures) -> list[Text]:
    """The labels of the dimensions that matter, the most telling first."""
    return list(dict.fromkeys(tag.dimension for tag in persona.tags if persona.is_front(tag) and not tag.defining))


def own_segments(figures: Figures) -> list[SegmentFigures]:
    """The segments that are not already shown as an RFM group, a value tier or a lifecycle stage."""
    return [segment for segment in figures.segments if not segment.stands_for or segment.stands_for[0] not in MAPPED]


def overlap_segments(figures: Figures) -> list[SegmentFigures]:
    """The segments in the heat map, in the catalog's order: the biggest, those that no other section shows first."""
    shown = [segment for segment in figures.segments if segment.size and not segment.hidden]
    own = own_segments(figures)
    biggest = sorted(shown, key=lambda segment: (segment not in own, -(segment.size or 0)))[:OVERLAP_SEGMENTS]
    return [segment for segment in shown if segment in biggest]
