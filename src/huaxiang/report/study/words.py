"""What a study says around its figures."""

from __future__ import annotations

from huaxiang.core.text import Language, Text
from huaxiang.report import formats
from huaxiang.service.studies import Change, NumberFigure, ShareFigure, Study

FIGURE = Text("Figure {number}", "图 {number}")
BASE = Text("Base: {sizes}; all {base}", "样本量：{sizes}；全体 {base}")
BY = Text("{segment} by {by}", "{segment}，按{by}")
STATE = Text("As of {moment}", "截至 {moment}")
ALL = Text("All", "全体")
GROUP = Text("Group", "分组")
MEMBERS = Text("Members", "人数")
SHARE = Text("Share", "占比")
VALUE = Text("Value", "取值")
MEAN = Text("Mean", "均值")
INTERVAL = Text("95 % interval", "95% 置信区间")
INDEX = Text("Index (all = 100)", "指数（全体 = 100）")
GROUPS = Text("Who they are", "人群概况")
CHANGES = Text("What changed since {then}", "与 {then} 相比的变化")
TAG = Text("Tag", "标签")
THEN = Text("Then", "当时")
NOW = Text("Now", "现在")
POINTS = Text(" pp", " 个百分点")
DIFFERENCE = Text("Difference", "差异")
SURE = Text("clear", "显著")
UNSURE = Text("within chance", "不显著")
METHOD = Text("Notes on method", "方法说明")
CONTENTS = Text("Contents", "目录")
HIDDEN = Text("–", "–")

_NOTES = (
    Text(
        "Shares are of those of whom the tag is known; the number of these stands as the base under each figure.",
        "占比以标签有值的客户为分母，样本量列于各图下方。",
    ),
    Text(
        "All are those in the groups shown of whom enough have the tag.",
        "“全体”指所列分组中该标签样本量足够的客户。",
    ),
    Text(
        "The index is the share of a group ÷ the share of all × 100 (TGI).",
        "指数 = 分组占比 ÷ 全体占比 × 100（TGI）。",
    ),
    Text(
        "Intervals are 95 % confidence intervals by the normal approximation; a change is clear where its interval "
        "excludes 0.",
        "区间为正态近似的 95% 置信区间；区间不含 0 的变化视为显著。",
    ),
    Text(
        "Changes compare the same people at both moments, as far as the tag was known at both.",
        "变化比较的是同一批客户在两个时点的取值，仅含两个时点均有值者。",
    ),
    Text(
        "Groups and cells of fewer than {threshold} people are not shown (–), nor what would give them away by "
        "subtraction.",
        "不足 {threshold} 人的分组与单元格不展示（–），可由相减推出的也不展示。",
    ),
)
_LEFT = Text(
    "{left} of {size} people are in none of the groups shown.", "另有 {left} 人（共 {size} 人）不属于所列分组。"
)
_SAMPLED = Text("Changes rest on {base} people.", "变化基于 {base} 位客户计算。")
_UNKNOWN = Text(
    "Without a figure, because the build lacks them or too few people have them: {tags}.",
    "以下标签未出图（本次构建中没有，或有值的人数过少）：{tags}。",
)
_SEVERAL = Text("A person may have several values.", "一人可有多个取值。")
_SNAPSHOT = Text("Snapshot {snapshot}.", "快照 {snapshot}。")


def title(study: Study, language: Language) -> str:
    """The title with the base below it."""
    return BY[language].format(segment=study.segment[language], by=study.by[language])


def state(study: Study, language: Language) -> str:
    """The day that the figures are of."""
    return STATE[language].format(moment=formats.day(study.moment)[language])


def change_title(study: Study, language: Language) -> str:
    """The heading of the changes."""
    return CHANGES[language].format(then=formats.day(study.then or "")[language])


def caption(number: int, label: str, language: Language) -> str:
    """`Figure 3  Age band`."""
    return f"{FIGURE[language].format(number=number)}  {label}"


def base_note(figure: ShareFigure | NumberFigure, study: Study, language: Language) -> str:
    """The base sizes of a figure, and that people may have several values."""
    sizes = ", " if language == "en" else "，"
    listed = sizes.join(
        f"{group.label[language]} {base_size(base, study)}"
        for group, base in zip(study.groups, figure.bases, strict=True)
    )
    note = BASE[language].format(sizes=listed, base=f"{figure.base:,}")
    several = isinstance(figure, ShareFigure) and figure.several
    return (
        f"{note}. {_SEVERAL[language]}"
        if several and language == "en"
        else note + (f"。{_SEVERAL.zh}" if several else "")
    )


def base_size(base: int | None, study: Study) -> str:
    """The size of a base; of one that is too small just that it is."""
    return f"<{study.threshold}" if base is None else f"{base:,}"


def notes(study: Study, language: Language) -> list[str]:
    """The notes on method of this study."""
    found = [note[language].format(threshold=study.threshold) for note in _NOTES]
    if study.left >= study.threshold:
        found.append(_LEFT[language].format(left=f"{study.left:,}", size=f"{study.size:,}"))
    if study.changes:
        found.append(_SAMPLED[language].format(base=f"{study.change_base:,}"))
    if study.unknown:
        found.append(_UNKNOWN[language].format(tags=", ".join(study.unknown)))
    return [*found, _SNAPSHOT[language].format(snapshot=study.snapshot)]


def amount(value: float | None, figure: NumberFigure, study: Study, language: Language) -> str:
    """A mean as readers write it."""
    return formats.amount(value, figure.type, figure.unit, study.currency)[language]


def change_cells(change: Change, study: Study, language: Language) -> list[str]:
    """A row of the table of changes: tag, then, now, difference with interval, whether it is clear."""
    label = change.label[language] + (f" – {change.value[language]}" if change.value else "")

    def shown(value: float) -> str:
        return formats.amount(value, change.type, change.unit, study.currency)[language]

    def moved(value: float) -> str:
        if change.unit == "share":
            return formats.points(value)[language]
        return ("+" if value > 0 else "") + shown(value)

    span = f"{moved(change.now - change.then)} ({moved(change.low)} … {moved(change.high)})"
    if change.unit == "share":
        span += POINTS[language]
    return [label, shown(change.then), shown(change.now), span, (SURE if change.moved else UNSURE)[language]]


CHANGE_COLUMNS = (TAG, THEN, NOW, DIFFERENCE, Text("", ""))
