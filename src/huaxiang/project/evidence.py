"""The files that validations hold personas against: read as they are, and matched with the customers of a build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import SourceError
from huaxiang.personas.validation.run import Evidence
from huaxiang.personas.validation.spec import SurveySpec, TruthSpec, ValidationSpec
from huaxiang.personas.validation.truth import Labels
from huaxiang.project.lists import Lists
from huaxiang.sources.readers import open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.engine import DuckEngine

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_TABLE = "_evidence"

ReadFile = Callable[[ValidationSpec, int | None], "pa.Table | None"]


@contextmanager
def reading(folder: Path) -> Iterator[ReadFile]:
    """A reader of the files of validations, in the project's `folder`: the rows, or at most so many.

    It gives None where a validation reads no file, and raises `SourceError` where that is missing or can't be read.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        # One for all files, where there are any: to open an engine takes longer than to read most of them.
        engine = cache(lambda: stack.enter_context(DuckEngine.open()))

        def read(spec: ValidationSpec, most: int | None) -> pa.Table | None:
            if spec.file is None:
                return None
            source = SourceSpec(name=f"validation_{spec.name}", path=spec.file, at=spec.at)
            raw = open_source(engine(), source, folder.absolute(), scratch)
            assert raw is not None  # noqa: S101 - only optional sources may be absent
            kept = [name for name in raw.table.columns if not name.startswith("_")]
            rows = raw.table.order_by("_file", "_row").select(*kept)
            return engine().arrow(rows if most is None else rows.limit(most), step=f"read {spec.file}")

        yield read


def readable_files(
    specs: Mapping[str, ValidationSpec], folder: Path
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, SourceError]]:
    """The rows of files that validations read, as far as checks look at them, and what kept others from being read.

    All rows of margins; of files with a row per person, one.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    failed: dict[str, SourceError] = {}
    with reading(folder) as read:
        for name, spec in specs.items():
            try:
                table = read(spec, None if spec.benchmark or spec.market else 1)
            except SourceError as error:
                failed[name] = error
            else:
                if table is not None:
                    rows[name] = table.to_pylist()
    return rows, failed


def read_evidence(engine: Engine, specs: Mapping[str, ValidationSpec], lists: Lists) -> Evidence:
    """Everything that the files of `specs` say, about the customers of the build that `engine` holds.

    Raises:
        SourceError: a file is missing or can't be read.
        ProjectError: a value of an identifier names somebody else in each of its scopes.
    """
    tables: dict[str, list[dict[str, Any]]] = {}
    answers: dict[str, list[dict[str, Any]]] = {}
    labels: dict[str, Labels] = {}
    with reading(lists.folder) as read:
        # One after the other: files with a row per person may be long.
        for name, spec in specs.items():
            rows = read(spec, None)
            if rows is None:
                continue
            if spec.truth is not None:
                labels[name] = _labels(engine, spec.truth, rows, lists, f"validation '{name}'")
            elif spec.survey is not None:
                answers[name] = _answers(engine, spec.survey, rows, lists, f"validation '{name}'")
            else:
                tables[name] = rows.to_pylist()
    return Evidence(tables, answers, labels)


def _labels(engine: Engine, spec: TruthSpec, rows: pa.Table, lists: Lists, owner: str) -> Labels:
    """The label of each customer; of one whom the file names several times, the most frequent."""
    import ibis
    import numpy as np

    asked = engine.create(_TABLE, rows.select([spec.key, spec.label]), step=f"{owner}: truth")
    chosen = asked.select(plain=asked[spec.key], label=asked[spec.label].cast("string")).drop_null("label")
    found = lists.named(owner, spec, chosen, "plain", spec.identifier)
    counted = found.group_by("customer_no", "label").aggregate(times=found.count())
    ordered = engine.arrow(counted.order_by("customer_no", ibis.desc("times"), "label"), step=f"{owner}: truth")
    numbers, first = np.unique(ordered["customer_no"].to_numpy(), return_index=True)
    told = ordered["label"].take(first).combine_chunks().dictionary_encode()
    return Labels(numbers, told.indices.to_numpy().astype(np.int64), tuple(told.dictionary.to_pylist()))


def _answers(engine: Engine, spec: SurveySpec, rows: pa.Table, lists: Lists, owner: str) -> list[dict[str, Any]]:
    """The answers of a file; those of known respondents with their `customer_no`."""
    asked = engine.create(_TABLE, rows, step=f"{owner}: answers")
    chosen = asked.select(
        plain=_text(asked, spec.key),
        asked=_text(asked, spec.asked),
        question=_text(asked, spec.question),
        answer=_text(asked, spec.answer),
        score=_text(asked, spec.score).try_cast("float64"),
    )
    if spec.key is None or spec.identifier is None:
        listed = engine.rows(chosen.drop("plain"), step=f"{owner}: answers")
        return [{**row, "customer_no": None} for row in listed]
    found = lists.named(owner, spec, chosen, "plain", spec.identifier)
    return engine.rows(found.drop("key", "plain"), step=f"{owner}: answers")


def _text(rows: ibis.Table, column: str | None) -> Any:
    """A column as text; null where there is none."""
    import ibis

    there = column is not None and column in rows.columns
    return rows[column].cast("string") if there else ibis.null("string")
