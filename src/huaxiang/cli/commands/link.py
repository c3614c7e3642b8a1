"""`huaxiang link`: match the records of files, without a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from huaxiang.cli.command import AsJson, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.core.errors import UsageError
from huaxiang.core.text import Text

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        help=help_text("Tables with records of people: CSV, Parquet, JSON lines or Excel.",
                       "含客户记录的表：CSV、Parquet、JSON Lines 或 Excel。"),
        show_default=False,
    ),
]  # fmt: skip
Key = Annotated[
    list[str],
    typer.Option(
        "--key",
        metavar="COLUMN",
        help=help_text(
            "The column that names a row within its file; of several, the first that a file has.",
            "在各自文件内标识一行的列；给出多个时取文件中存在的第一个。",
        ),
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE",
        help=help_text("The result: .parquet or .csv.", "结果文件：.parquet 或 .csv。"), show_default=False,
    ),
]  # fmt: skip
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="MEANING=COLUMN",
        help=help_text("What a column means, where the guess is wrong; ignore=COLUMN leaves it out. May be repeated.",
                       "识别有误时指定列的含义；ignore=列名 表示不使用。可重复。"),
        show_default=False,
    ),
]  # fmt: skip
Precision = Annotated[
    float,
    typer.Option(
        "--precision",
        metavar="SHARE",
        help=help_text(
            "The wanted share of right pairs among those joined.", "期望的合并准确率（合并的记录对中正确的比例）。"
        ),
    ),
]
Once = Annotated[
    list[str] | None,
    typer.Option(
        "--once",
        metavar="SOURCE",
        help=help_text(
            "A source in which everybody is once only. May be repeated.", "同一客户只出现一次的数据源。可重复。"
        ),
        show_default=False,
    ),
]
Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        metavar="FILE",
        help=help_text(
            "Also write why each likely pair is one person, step by step.", "同时写出每个可能的记录对逐项得分的依据。"
        ),
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "link",
        "Find the records of the same people in one or several files, without a project.",
        "无需项目，直接在一个或多个文件中找出同一客户的记录。",
    )
    def link(
        files: Files,
        key: Key,
        out: Out,
        mapping: Map = None,
        precision: Precision = 0.995,
        once: Once = None,
        pairs: Pairs = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.linking import link_files

        with output().progress(quiet=as_json) as progress:
            found = link_files(
                files,
                key=key,
                out=out,
                mapping=_mapping(mapping or ()),
                precision=precision,
                exclusive=once or (),
                pairs=pairs,
                progress=progress,
            )
        if as_json:
            output().json(found)
        else:
            _show(output(), found)


def _mapping(given: Sequence[str]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = defaultdict(list)
    for item in given:
        meaning, sign, column = item.partition("=")
        if not (sign and meaning and column):
            raise UsageError(f"--map {item}: write MEANING=COLUMN, such as given_name=first_name.")
        said[meaning.strip()].append(column.strip())
    return dict(said)


_MEANINGS = Text("What the columns of {source} mean", "{source} 各列的含义")
_COLUMN, _MEANING, _SURE, _REASON = (
    Text("Column", "列"), Text("Meaning", "含义"), Text("Confidence", "把握"), Text("Why", "依据"),
)  # fmt: skip
_NOT_USED = Text("not used", "不使用")
_RECORDS, _CUSTOMERS = Text("Records", "记录数"), Text("Customers", "客户数")
_FIGURES: Mapping[str, Text] = {
    "records": _RECORDS,
    "customers": _CUSTOMERS,
    "largest": Text("Most records of one customer", "单个客户的最多记录数"),
    "singletons": Text("Customers with one record", "仅一条记录的客户占比"),
    "pairs_compared": Text("Pairs compared", "比较的记录对"),
    "pairs_joined": Text("Pairs joined", "合并的记录对"),
    "threshold": Text("Least probability of a match", "判定为同一人的最低概率"),
    "expected_precision": Text("Estimated precision", "预计准确率"),
    "expected_recall": Text("Estimated recall", "预计召回率"),
    "without_key": Text("Rows without a key", "没有主键的行"),
    "repeated_keys": Text("Rows that repeat a key", "主键重复的行"),
    "blank": Text("Records with nothing to compare", "没有可比较内容的记录"),
}
_SHARES = ("singletons", "expected_precision", "expected_recall")
_SIZES = Text("Customers by number of records", "按记录数统计的客户数")
_BELIEF = Text(
    "Precision and recall are what the trained model expects; look at some pairs (--pairs) before you rely on them.",
    "准确率与召回率由训练出的模型估算，请先用 --pairs 抽查部分记录对再使用。",
)
_WRITTEN = Text("Written: {path}", "已写入：{path}")


def _show(out: Output, found: Mapping[str, Any]) -> None:
    from huaxiang.cli.shapes import percent

    for source in found["sources"]:
        rows = [
            (column["column"], column["label"] or _NOT_USED, percent(column["confidence"]), column["reason"])
            for column in source["columns"]
        ]
        title = Text(_MEANINGS.en.format(source=source["source"]), _MEANINGS.zh.format(source=source["source"]))
        out.table(title, (_COLUMN, _MEANING, _SURE, _REASON), rows)
        out.line("")
    out.pairs(
        {
            label: f"{found[name]:.2%}" if name in _SHARES and found[name] is not None else found[name]
            for name, label in _FIGURES.items()
        }
    )
    out.line("")
    out.table(_SIZES, (_RECORDS, _CUSTOMERS), [(row["records"], row["customers"]) for row in found["sizes"]])
    out.line("")
    out.line(_BELIEF)
    for path in (found["file"], found["pairs_file"]):
        if path:
            out.line(_WRITTEN, path=path)
