"""What is told of one customer as an actor sees it: profiles, reasons of values, parts of segments."""

from __future__ import annotations

from huaxiang.core.tables import Privacy
from huaxiang.service.desk.shown import Row, Shown, changed


def shown_customer(shown: Shown, found: Row) -> Row:
    """A profile as the actor sees it."""

    def conflict(row: Row) -> Row:
        others = [each | {"value": shown.attribute(row["attribute"], each["value"])} for each in row["others"]]
        return row | {"value": shown.attribute(row["attribute"], row["value"]), "others": others}

    return found | {
        "identifiers": shown.identifiers(found["identifiers"]),
        "records": shown.keys_of_records(found["records"]),
        "conflicts": shown.keys_of_records([conflict(row) for row in found["conflicts"]]),
        "segments": shown.segments(found["segments"]),
        "tags": shown.tags(found["tags"]),
    }


def shown_reasons(shown: Shown, found: Row) -> Row:
    """The reasons of a value, and of those that it rests on; the rows behind what is masked are masked as it is."""

    def masked(row: Row) -> Row:
        if "tag" not in row or "kind" not in row:
            return row
        own: Privacy = shown.classes.tags.get(row["tag"], "L3")
        columns = shown.classes.columns
        told = {key: shown.tag(row["tag"], row[key]) for key in ("value", "raw") if key in row}
        behind = {"rows": [shown.fact(each, columns, own) for each in row["rows"]]} if "rows" in row else {}
        return row | told | behind

    told: Row = shown.keys_of_records(changed(found, masked))
    return told


def shown_part(shown: Shown, part: Row) -> Row:
    """One part of a segment's definition with what it rests on."""
    names = part.get("tags", {})
    masked = part | ({"tags": shown.tags(names)} if names else {})
    if any(not shown.sees(shown.classes.tags.get(name, "L3")) for name in names):
        # Where a customer stands among others tells the value that is masked.
        masked.pop("compared", None)
    if "reasons" in part:
        reasons = [row | {"value": shown.tag(row["tag"], row["value"])} for row in part["reasons"]]
        masked["reasons"] = reasons
    if "facts" in part:
        masked["facts"] = [shown.fact(row, shown.classes.columns) for row in part["facts"]]
    if "steps" in part:
        steps = [
            step | {"facts": [shown.fact(row, shown.classes.columns) for row in step["facts"]]}
            for step in part["steps"]
        ]
        masked["steps"] = steps
    return masked
