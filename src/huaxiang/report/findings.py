"""The headline findings: what a reader in a hurry should know, in words made from the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from huaxiang.core.text import Text
from huaxiang.report.formats import compact, compact_money, number, percent
from huaxiang.report.texts import text
from huaxiang.service.figures import Figures

MOST = 6
"""Findings that a reader in a hurry will read."""

AT_RISK = ("at_risk", "lost")
"""Lifecycle stages of customers who bought and may not again."""


@dataclass(frozen=True)
class Finding:
    """One statement with its title and the section that tells more."""

    title: Text
    statement: Text
    section: str


def findings(figures: Figures) -> tuple[Finding, ...]:
    """The findings that the figures allow, most important first."""
    found = (_concentration, _top_group, _risk, _persona, _data, _not_yet, _coverage)
    return tuple(finding for find in found for finding in find(figures))[:MOST]


def _concentration(figures: Figures) -> Iterator[Finding]:
    fifth = [point for point in figures.concentration if point[0] >= 0.2 - 1e-9]
    if fifth:
        customers, revenue = fifth[0]
        yield _finding("concentration", "overview", customers=percent(customers, 0), revenue=percent(revenue, 0))


def _top_group(figures: Figures) -> Iterator[Finding]:
    known = [group for group in figures.rfm_groups if group.name and group.revenue_share]
    if known:
        top = max(known, key=lambda group: group.revenue_share or 0)
        action = Text(f"{top.action.en.rstrip('.')}." if top.action.en else "", _closed(top.action.zh))
        yield _finding(
            "top_group",
            "rfm",
            group=top.label,
            share=percent(top.share),
            revenue=percent(top.revenue_share),
            action=action,
        )


def _risk(figures: Figures) -> Iterator[Finding]:
    groups = [group for group in figures.lifecycle if group.name in AT_RISK and group.count]
    count = sum(group.count or 0 for group in groups)
    revenue = sum(group.revenue or 0 for group in groups)
    if count and revenue:
        joint = text("finding.and")
        stages = Text(
            joint.en.join(group.label.en for group in groups), joint.zh.join(group.label.zh for group in groups)
        )
        yield _finding(
            "risk",
            "lifecycle",
            count=number(count),
            share=percent(count / figures.build.customers),
            stages=stages,
            revenue=compact_money(revenue, figures.currency),
        )


def _not_yet(figures: Figures) -> Iterator[Finding]:
    if figures.buyers is not None:
        waiting = figures.build.customers - figures.buyers
        if waiting >= figures.threshold:
            yield _finding(
                "not_yet", "lifecycle", count=number(waiting), share=percent(waiting / figures.build.customers)
            )


def _persona(figures: Figures) -> Iterator[Finding]:
    """The persona whose most telling statement rests on the biggest gap to everyone else."""
    best: tuple[float, Finding] | None = None
    for persona in figures.personas:
        told = [tag for tag in persona.tags if tag.statement and not tag.defining]
        if not told:
            continue
        gap = max((abs(value.difference or 0) for value in told[0].values if value.significant), default=0.0)
        if best is None or gap > best[0]:
            title = text("finding.persona.title", persona=persona.label)
            best = gap, Finding(title, told[0].statement, "personas")
    if best is not None:
        yield best[1]


def _coverage(figures: Figures) -> Iterator[Finding]:
    tags = figures.tags
    if tags:
        half = sum((tag.coverage or 0) >= 0.5 for tag in tags)
        yield _finding("coverage", "tags", count=number(half), total=number(len(tags)))


def _data(figures: Figures) -> Iterator[Finding]:
    if figures.read:
        used = sum(feed.used for feed in figures.feeds)
        yield _finding(
            "data" if figures.quarantined else "clean_data",
            "quality",
            used=percent(used / figures.read),
            read=compact(figures.read),
            quarantined=number(figures.quarantined),
        )


def _finding(key: str, section: str, **values: Text) -> Finding:
    return Finding(text(f"finding.{key}.title"), text(f"finding.{key}", **values), section)


def _closed(sentence: str) -> str:
    return f"{sentence.rstrip('。')}。" if sentence else ""
