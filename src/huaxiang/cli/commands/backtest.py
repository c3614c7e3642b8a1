"""`huaxiang backtest`: what tags said at past moments, against what then happened."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from huaxiang.cli.command import HERE, AsJson, FolderOption, command, output
from huaxiang.cli.commands.history import Every, From, To
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent, value_label
from huaxiang.cli.tag_shapes import measured
from huaxiang.core.text import Text

Tags = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TAG",
        help=help_text("The tags (default: all that claim something).", "标签名（默认：所有声明了预测事件的标签）。"),
        show_default=False,
    ),
]
Moments = Annotated[
    int,
    typer.Option(
        "--moments",
        min=1,
        metavar="N",
        help=help_text("How many moments, the latest ones.", "考察的时点数（取最近的）。"),
    ),
]

_COLUMNS = (
    Text("Tag", "标签"),
    Text("Claim", "预测事件"),
    Text("Cases", "样本数"),
    Text("Base rate", "基准发生率"),
    Text("Measured", "实测"),
    Text("Remarks", "备注"),
)
_NOTHING = Text("No tag claims anything. Write 'claims' into one.", "没有标签声明预测事件，请在标签中填写 claims。")
_CURVE = Text("By tenth of what was said", "按预测值十等分")
_CURVE_COLUMNS = (
    Text("Tenth", "分位"),
    Text("Said", "预测值"),
    Text("Happened", "实际发生率"),
    Text("95 % interval", "95% 区间"),
    Text("Lift", "提升度"),
    Text("Cases", "样本数"),
)
_VALUES = Text("By value", "按标签值")
_VALUE_COLUMNS = (Text("Value", "值"), *_CURVE_COLUMNS[2:])
_CLAIM = Text("{event} within {within}", "{within} 内：{event}")
_RECALIBRATED = Text(
    "recalibrated ({method}): Brier {before:.3f} → {after:.3f} on later moments; applied by the next build",
    "已重新校准（{method}）：后期时点 Brier {before:.3f} → {after:.3f}，下次构建生效",
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "backtest",
        "Measure whether what tags claim came true at past moments.",
        "回测：检验标签在过去各时点的预测是否成真。",
    )
    def backtest(
        tags: Tags = None,
        folder: FolderOption = HERE,
        moments: Moments = 6,
        every: Every = "month",
        start: From = None,
        end: To = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        with output().progress(quiet=as_json) as progress:
            found = load(folder).backtest(
                *(tags or ()), moments=moments, every=every, start=start, end=end, progress=progress
            )
        out = output()
        if as_json:
            out.json({"backtests": found})
            return
        if not found:
            out.line(_NOTHING)
            return
        out.table("", _COLUMNS, [_row(out, result) for result in found])
        if len(found) == 1:
            details(out, found[0])


def details(out: Output, result: dict[str, Any]) -> None:
    """Print how often it happened by what was said."""
    if "values" in result:
        out.line("")
        labels = result["value_labels"]
        rows = [(value_label(out, labels, row["value"]), *_figures(row)) for row in result["values"]]
        out.table(_VALUES, _VALUE_COLUMNS, rows)
    if "curve" in result:
        out.line("")
        rows = [(row["bucket"], out.value(row["said"]), *_figures(row)) for row in result["curve"]]
        out.table(_CURVE, _CURVE_COLUMNS, rows)


def _row(out: Output, result: dict[str, Any]) -> tuple[Any, ...]:
    language = out.language
    claim = _CLAIM[language].format(event=result["claims"]["event"], within=result["claims"]["within"])
    remark = ""
    if result.get("calibration"):
        remark = _RECALIBRATED[language].format(**result["recalibration"])
    return result["tag"], claim, result["cases"], percent(result["base"]["rate"]), measured(out, result), remark


def _figures(row: dict[str, Any]) -> tuple[Any, ...]:
    interval = "–" if row["low"] is None else f"{percent(row['low'])}–{percent(row['high'])}"
    lift = "–" if row["lift"] is None else f"{row['lift']:.2f}"
    return percent(row["rate"]), interval, lift, row["cases"]
