"""Decisions as YAML: one block each, in an order that stays, so that git shows what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from huaxiang.core.decisions import Decision, Undoing
from huaxiang.core.errors import ProjectError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.findings import Finding
from huaxiang.identity.decisions_spec import DecisionSpec, check_decision
from huaxiang.project.define import define
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.yaml import Document
from huaxiang.project.yaml import read as read_yaml

SECTION = "decisions"

_HEAD = """\
# What people decided about who is who, the earliest first. Taken over with: huaxiang identity import FILE
# 人工对客户身份的决定，按时间排列。导入命令：huaxiang identity import FILE

"""


def write(decisions: Sequence[Decision], path: Path) -> int:
    """Write decisions to `path`, the earliest first; their number.

    Raises:
        UsageError: there is no such folder.
    """
    from ruamel.yaml import YAML

    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}.")
    yaml = YAML()
    yaml.width = 1 << 16
    yaml.indent(mapping=2, sequence=4, offset=2)
    ordered = sorted(decisions, key=lambda decision: decision.order)
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(_HEAD + f"{SECTION}:{'' if ordered else ' {}'}\n")
        for decision in ordered:
            yaml.dump({decision.key: _block(decision)}, file, transform=_indented)
    return len(ordered)


def read(project: LoadedProject, path: Path, known: Sequence[Decision], now: datetime, by: str) -> list[Decision]:
    """The decisions of a file, in its order. Those without a moment were made `now`, those without a name `by`.

    Raises:
        ProjectError: the file holds mistakes, or says something else about a decision that is `known`.
    """
    document = read_yaml(path, str(path))
    findings = list(document.findings)
    specs: list[DecisionSpec] = []
    for section, blocks in document.data.items():
        if section != SECTION or not isinstance(blocks, dict | None):
            findings.append(_wrong_section(document, section))
            continue
        for name, data in (blocks or {}).items():
            spec, found = define(DecisionSpec, data, document, (SECTION, name), f"decision '{name}'")
            findings += found
            if spec is not None:
                findings += check_decision(spec, sources=project.sources, types=project.identifier_names)
                specs.append(spec)
    stored = {decision.key: decision for decision in known}
    zone = ZoneInfo(project.spec.time_zone)
    decisions = [_decision(spec, zone, stored.get(spec.name), now, by) for spec in specs]
    findings += [
        finding
        for spec, decision in zip(specs, decisions, strict=True)
        if (finding := _differs(spec, decision, stored.get(spec.name)))
    ]
    if findings:
        raise ProjectError(findings)
    return decisions


def _block(decision: Decision) -> dict[str, Any]:
    block: dict[str, Any] = {"kind": decision.kind, "records": list(decision.records)}
    if decision.others:
        block["others"] = list(decision.others)
    block |= {"origin": decision.origin, "by": decision.by, "decided_at": decision.at.isoformat()}
    if decision.reason:
        block["why"] = decision.reason
    if decision.undone is not None:
        undone = decision.undone
        block["undone"] = {"by": undone.by, "undone_at": undone.at.isoformat()}
        if undone.reason:
            block["undone"]["why"] = undone.reason
    return block


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines()) + "\n"


def _decision(spec: DecisionSpec, zone: ZoneInfo, stored: Decision | None, now: datetime, by: str) -> Decision:
    said = spec.undone
    undone = Undoing(said.by, _moment(said.undone_at, zone), said.why) if said else None
    # What a file leaves open was filled in when it was taken over first.
    at = _moment(spec.decided_at, zone) if spec.decided_at else stored.at if stored else now
    return Decision(
        kind=spec.kind,
        records=spec.records,
        at=at,
        others=spec.others,
        origin=spec.origin,
        by=spec.by or (stored.by if stored else by),
        reason=spec.why,
        key=spec.name,
        undone=undone,
    )


def _moment(value: datetime, zone: ZoneInfo) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _differs(spec: DecisionSpec, decision: Decision, stored: Decision | None) -> Finding | None:
    """The finding for a decision whose name is taken by another one."""
    if stored is None or all(
        getattr(decision, name) == getattr(stored, name) for name in ("kind", "records", "others")
    ):
        return None
    return Finding(
        "decision_differs",
        f"decision '{spec.name}' was taken over before, as number {stored.number}, and said something else.",
        spec.at,
        f"A decision never changes: undo {stored.number}, and give this one a name of its own.",
    )


def _wrong_section(document: Document, section: str) -> Finding:
    return Finding(
        "wrong_section",
        f"'{section}' is no section of a file of decisions.",
        document.at(section),
        f"Write decisions below '{SECTION}:', each under a name of its own.",
    )
