"""Backtests: run on a snapshot, kept beside the snapshots, and shown with the tags.

    .huaxiang/backtests/<tag>.json      the latest result of each tag, replaced as a whole

A snapshot never changes once it serves, and a result is about a definition rather than about a snapshot: so results
have a folder of their own. Each holds the digest of the definition it measured; a result of another one is stale.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huaxiang.core.errors import NotFoundError, ProjectError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.findings import Finding, near_miss
from huaxiang.core.moments import Duration, Moment
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.builds import Build
from huaxiang.service.history import PERIODS, period_moments
from huaxiang.service.moments import moment_run
from huaxiang.tags.backtest import Claimed, backtest
from huaxiang.tags.calibration import Calibration
from huaxiang.tags.catalog import labels_of_values
from huaxiang.tags.claims import compile_claim, definition_hash
from huaxiang.tags.compiled import Tags
from huaxiang.tags.moments import MomentRun, timeless_tags

Row = dict[str, Any]
Progress = Callable[[str, int, int], None]

FOLDER = "backtests"
_DAY = timedelta(days=1)
MOMENTS = 6
"""Moments looked at, unless more are asked for."""


def run_backtests(
    build: Build,
    folder: Path,
    names: Sequence[str] = (),
    *,
    moments: int = MOMENTS,
    every: str = "month",
    start: Moment | None = None,
    end: Moment | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Measure what the tags `names` (default: all whose claim can be measured) said, and keep it.

    See `Project.backtest`.
    """
    run = moment_run(build.engine, build.project, build.moment, raw=True)
    claimed = _claimed(build.project, run, names)
    groups = _by_span(claimed)
    found = []
    for done, (within, group) in enumerate(groups.items()):
        if progress:
            progress("backtest", done, len(groups))
        at = _moments(build.moment, within, moments, every, start, end)
        for row in backtest(build.engine, run, group, at):
            tag = run.tags[row["tag"]]
            claims = tag.spec.claims
            assert claims is not None  # noqa: S101 - only tags with claims come here
            result = {
                **row,
                "label": tag.spec.label.as_dict(),
                "value_labels": labels_of_values(tag),
                "claims": claims.model_dump(mode="json", exclude={"name"}, exclude_defaults=True),
                "definition": definition_hash(run.tags.built, tag.name),
                "snapshot": build.snapshot.id,
                "as_of": str(build.moment),
                "run_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            _keep(folder, result)
            found.append(result)
    order = [each.tag.name for each in claimed]
    return sorted(found, key=lambda row: order.index(row["tag"]))


def _keep(folder: Path, result: Row) -> None:
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    with whole_file(folder / FOLDER / f"{result['tag']}.json") as file:
        file.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def kept_backtests(folder: Path, tags: Tags) -> dict[str, Row]:
    """The kept result of each tag that has one; `stale` where the definition has changed since."""
    found = {}
    for tag in tags.built:
        file = folder / FOLDER / f"{tag.name}.json"
        if tag.spec.claims is not None and file.is_file():
            row = json.loads(file.read_text(encoding="utf-8"))
            found[tag.name] = row | {"stale": row["definition"] != definition_hash(tags.built, tag.name)}
    return found


def calibrations(folder: Path, tags: Tags) -> dict[str, Calibration]:
    """The calibrations that builds apply: of results that are not stale."""
    return {
        name: Calibration.of_dict(row["calibration"])
        for name, row in kept_backtests(folder, tags).items()
        if row.get("calibration") and not row["stale"]
    }


def reliability(row: Mapping[str, Any]) -> Row:
    """The figures of a result that a list of tags has room for."""
    short = {key: row[key] for key in ("kind", "cases", "happened", "as_of", "stale", "warnings") if key in row}
    short["base"] = row["base"]["rate"]
    if row.get("auc"):
        short |= row["auc"]
    if row.get("brier"):
        short |= {"brier": row["brier"]["brier"], "skill": row["brier"]["skill"]}
    if row.get("rule"):
        short |= {
            "precision": row["rule"]["precision"]["rate"],
            "recall": row["rule"]["recall"]["rate"],
            "lift": row["rule"]["lift"],
        }
    return short


def _claimed(project: LoadedProject, run: MomentRun, names: Sequence[str]) -> list[Claimed]:
    """The tags to be measured with their checked claims.

    Raises:
        NotFoundError: a tag is not there.
        UsageError: a tag claims nothing, or hangs on a file, which has no past.
        ProjectError: a claim holds mistakes.
    """
    known = {tag.name: tag for tag in run.tags.built}
    for name in names:
        if name not in known:
            guess = near_miss(name, known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise NotFoundError(f"There is no tag '{name}' that can be built here.{hint}")
        if known[name].spec.claims is None:
            raise UsageError(f"Tag '{name}' claims nothing, so there is nothing to measure. Write 'claims' into it.")
    wanted = dict.fromkeys(names) if names else [name for name, tag in known.items() if tag.spec.claims is not None]
    timeless = timeless_tags(run.tags)
    found: list[Claimed] = []
    findings: list[Finding] = []
    for name in wanted:
        tag = known[name]
        try:
            claim = compile_claim(tag.spec, tag.type, project.tables, run.tags.types)
        except ProjectError as error:
            findings += error.findings
            continue
        if timeless & {name, *claim.tags}:
            if not names:
                continue
            raise UsageError(f"Tag '{name}' reads values from a file, which has no past: it can't be measured.")
        found.append(Claimed(tag, claim))
    if findings:
        raise ProjectError(findings)
    return found


def _by_span(claimed: Iterable[Claimed]) -> dict[Duration, list[Claimed]]:
    """Claims about the same length of time are measured at the same moments, in one evaluation."""
    groups: dict[Duration, list[Claimed]] = {}
    for each in claimed:
        groups.setdefault(each.claim.within, []).append(each)
    return groups


def _moments(
    as_of: Moment, within: Duration, number: int, every: str, start: Moment | None, end: Moment | None
) -> list[Moment]:
    """The beginnings of periods whose outcome is known at `as_of`: the last `number`, or all from `start` to `end`."""
    latest = Moment(as_of.back(within), as_of.zone)
    last = end if end is not None and end.utc < latest.utc else latest
    if start is not None:
        if start.utc > last.utc:
            raise UsageError(
                f"What a tag says of {within} is known up to {latest} at the earliest, which is before {start}: "
                "begin earlier."
            )
        return period_moments(start, last, every)[:-1] or [start]
    if every not in PERIODS:
        raise UsageError(f"'{every}' is no period. Periods: {', '.join(PERIODS)}.")
    if number < 1:
        raise UsageError(f"At least one moment is looked at, not {number}.")
    begin, _ = PERIODS[every]
    found: list[Moment] = []
    day = begin(last.day)
    while len(found) < number:
        found.append(Moment.parse(day, as_of.zone))
        # The day before a period begins lies in the one before.
        day = begin(day - _DAY)
    return found[::-1]
