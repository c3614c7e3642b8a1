"""`huaxiang diff`: what changed between two snapshots."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.text import Text

_NAMES = help_text(
    "A snapshot: its id, the beginning of it, current or previous.", "快照：编号或其开头，也可写 current、previous。"
)
Before = Annotated[str, typer.Argument(metavar="BEFORE", help=_NAMES)]
After = Annotated[str, typer.Argument(metavar="AFTER", help=_NAMES)]
InSegment = Annotated[
    str | None,
    typer.Option(
        "--segment",
        metavar="NAME",
        help=help_text("List who entered and left this segment.", "列出进入与离开该分群的客户。"),
    ),
]

SHOWN = 20
"""Tags that are printed at most; `--json` has all."""

_TITLE = Text(
    "From {before} (as of {before_as_of}) to {after} (as of {after_as_of})",
    "从 {before}（时点 {before_as_of}）到 {after}（时点 {after_as_of}）",
)
_CUSTOMERS = {
    "stayed": Text("Customers that stayed", "留存客户"),
    "new": Text("New", "新增"),
    "merged": Text("Merged into others", "并入其他客户"),
    "gone": Text("Gone", "消失"),
}
_SEGMENTS = Text("Segments", "分群")
_SEGMENT_COLUMNS = (
    Text("Segment", "分群"),
    Text("Name", "名称"),
    Text("Before", "之前"),
    Text("After", "之后"),
    Text("Entered", "进入"),
    Text("Left", "离开"),
)
_MOVED = Text("Tags whose values moved", "取值分布发生变化的标签")
_TAG_COLUMNS = (
    Text("Tag", "标签"),
    Text("Name", "名称"),
    Text("PSI", "PSI"),
    Text("Level", "程度"),
    Text("Coverage before", "之前覆盖率"),
    Text("Coverage after", "之后覆盖率"),
)
_LEVELS = {"shifted": Text("shifted", "有偏移"), "changed": Text("changed", "明显变化")}
_NONE_MOVED = Text("The values of no tag moved.", "没有标签的取值分布发生变化。")
_DEFINITIONS = {
    "added": Text("Tags added", "新增标签"),
    "removed": Text("Tags removed", "移除标签"),
    "changed": Text("Definitions changed", "定义变更"),
}
_ENTERED, _LEFT = Text("Entered {segment}:", "进入 {segment}："), Text("Left {segment}:", "离开 {segment}：")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "diff",
        "Compare two snapshots: segments, customers, tags and definitions.",
        "比较两个快照：分群进出、客户增减、标签分布与定义变化。",
    )
    def diff(
        before: Before = "previous",
        after: After = "current",
        folder: Folder = HERE,
        segment: InSegment = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        found = load(folder).diff(before, after, segment=segment)
        if as_json:
            output().json(found)
        elif segment is not None:
            _members(output(), found["members"])
        else:
            _shown(output(), found)


def _shown(out: Output, found: dict[str, Any]) -> None:
    sides = {side: found[side]["snapshot"] for side in ("before", "after")}
    out.line(_TITLE, **sides, before_as_of=found["before"]["as_of"], after_as_of=found["after"]["as_of"])
    out.line("")
    out.pairs({label: found["customers"][key] for key, label in _CUSTOMERS.items()})
    out.line("")
    label = f"label_{out.language}"
    keys = ("segment", label, "before", "after", "entered", "left")
    out.table(_SEGMENTS, _SEGMENT_COLUMNS, [[row[key] for key in keys] for row in found["segments"]])
    out.line("")
    moved = [
        (
            row["tag"],
            row[label],
            f"{row['psi']:.2f}",
            _LEVELS[row["level"]],
            percent(row["coverage_before"]),
            percent(row["coverage_after"]),
        )
        for row in found["tags"]
        if row["level"] in _LEVELS
    ]
    if moved:
        out.table(_MOVED, _TAG_COLUMNS, moved[:SHOWN])
    else:
        out.line(_NONE_MOVED)
    changed = found["definitions"] | {"changed": [row["tag"] for row in found["definitions"]["changed"]]}
    told = {label: changed[key] for key, label in _DEFINITIONS.items() if changed[key]}
    if told:
        out.line("")
        out.pairs(told)


def _members(out: Output, members: dict[str, Any]) -> None:
    for title, key in ((_ENTERED, "entered"), (_LEFT, "left")):
        out.line(title, segment=members["segment"])
        for customer in members[key]:
            out.line(customer)
