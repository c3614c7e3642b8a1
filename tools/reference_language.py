"""docs/reference/: the standard tables, the functions of expressions, and the tags of the library."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from markdown_pieces import MADE, code, table

from huaxiang.core.tables import STANDARD
from huaxiang.expressions import functions
from huaxiang.expressions.functions.cleaning import cleaning_functions
from huaxiang.project.libraries import LIBRARIES
from huaxiang.project.read import Definitions
from huaxiang.project.yaml import read as read_yaml
from huaxiang.tags.spec import kind_of


def tables_page() -> str:
    """The page of standard tables."""
    parts = ["# Standard tables\n", MADE, "Sources are mapped onto these; tags are computed from them.\n"]
    for name, each in STANDARD.items():
        about = f"{each.label.en} · {each.label.zh}."
        if each.is_fact:
            about += f" A fact happens at `{each.time}`."
        elif not each.of_customer:
            about += " Its rows belong to no customer."
        for lookup in each.lookups:
            filled = ", ".join(code(column) for column in lookup.fill)
            about += f" Where empty, {filled} come from `{lookup.table}` by `{lookup.on}`."
        rows = [
            (
                code(c.name) + (" *" if c.required else ""),
                c.type,
                c.label.en,
                c.label.zh,
                c.unit,
                c.privacy,
                code(c.default),
            )
            for c in each.columns
        ]
        parts += [f"## {name}\n", about + "\n"]
        parts.append(table(("Column", "Type", "English", "中文", "Unit", "Privacy", "Default"), rows))
    parts.append("A row without a column marked * goes to quarantine.\n")
    return "\n".join(parts)


def functions_page() -> str:
    """The page of functions."""
    parts = ["# Functions of expressions\n", MADE]
    # `date` is a cleaning function beside the time function of this name.
    cleaning = [
        row for row in cleaning_functions().values() if row.group == "cleaning" and row is not functions()[row.name]
    ]
    rows = [*functions().values(), *cleaning]
    for group, members in groupby(sorted(rows, key=lambda f: f.group), key=lambda f: f.group):
        parts.append(f"## {group.capitalize()}\n")
        for each in members:
            title = f"{each.label.en} · {each.label.zh}"
            example = f"\n\n    {each.example}" if each.example else ""
            parts.append(
                f"### `{each.signature}`\n\n{title}. {each.documentation.en}\n\n{each.documentation.zh}{example}\n"
            )
    return "\n".join(parts)


def library_page() -> str:
    """The page of library tags and segments."""
    parts = [
        "# Libraries\n",
        MADE,
        "A project takes one over with `uses`. What it can't feed is left out, with the reason.\n",
    ]
    for name, library in LIBRARIES.items():
        found = Definitions()
        for path, shown in library.files():
            if Path(path).is_file():
                found.add(read_yaml(path, shown))
        tags = found.found["tags"].values()
        parts.append(f"## {name}\n\n{library.label.en} · {library.label.zh}. {len(tags)} tags.\n")
        for dimension in sorted(found.found["dimensions"].values(), key=lambda d: (d.order, d.name)):
            parts.append(f"### {dimension.label.en} · {dimension.label.zh}\n")
            rows = [
                (
                    code(t.name),
                    kind_of(t),
                    dimension.categories[t.category].label.en,
                    t.label.en,
                    t.label.zh,
                    t.description.en,
                )
                for t in sorted(tags, key=lambda t: (t.category, t.name))
                if t.dimension == dimension.name and t.category in dimension.categories
            ]
            parts.append(table(("Tag", "Kind", "Category", "English", "中文", "Meaning"), rows))
        segments = found.found["segments"].values()
        parts.append("### Segments\n")
        rows = [(code(s.name), s.group, s.label.en, s.label.zh, s.description.en or s.where or "") for s in segments]
        parts.append(table(("Segment", "Group", "English", "中文", "Meaning"), rows))
    return "\n".join(parts)
