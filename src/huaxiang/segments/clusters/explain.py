"""What was done to each tag, in words."""

from __future__ import annotations

from collections.abc import Callable

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.segments.clusters.features import OTHER, TAIL, Feature, Kind
from huaxiang.segments.clusters.methods import METHODS


def treatment(feature: Feature, method: str) -> Text:
    """What was done to a tag before customers were compared by it."""
    parts = [_KINDS[feature.kind](feature, method)]
    if feature.missing > 0:
        unknown, share = METHODS[method].unknown, f"{feature.missing:.0%}" if feature.missing >= 0.005 else "<1%"
        parts.append(Text(f"unknown for {share}, which {unknown.en}", f"{share} 无取值，{unknown.zh}"))
    return Text("; ".join(part.en for part in parts) + ".", "；".join(part.zh for part in parts) + "。")


def unused(reason: Text | Feature) -> Text:
    """Why a tag was not used; a feature is that of the tag that says the same."""
    if isinstance(reason, Feature):
        return Text(f"Not used: says the same as '{reason.tag}'.", f"未使用：与 {reason.tag} 表达的内容相同。")
    return reason


NOT_BUILT = Text("Not used: this build does not have it.", "未使用：本次构建没有该标签。")


def _number(feature: Feature, method: str) -> Text:
    days = feature.type in (Type.DATE, Type.MOMENT)
    english = ["days before the build" if days else "number"]
    chinese = ["距构建时点的天数" if days else "数值"]
    english.append(f"moved to {feature.lower:.6g}–{feature.upper:.6g} ({TAIL:.0%} at each end)")
    chinese.append(f"两端各 {TAIL:.0%} 收敛到 {feature.lower:.6g}–{feature.upper:.6g}")
    if method == "mixture" and feature.spiky:
        english.append(f"cut into {len(feature.shares)} bands, since one value is very frequent")
        chinese.append(f"因某一取值过于集中，分为 {len(feature.shares)} 段")
    else:
        if feature.logged:
            english.append("its logarithm, since it is skewed")
            chinese.append("分布偏斜，取对数")
        english.append("scaled to mean 0 and spread 1")
        chinese.append("标准化为均值 0、标准差 1")
    return Text(", ".join(english), "，".join(chinese))


def _category(feature: Feature, _: str) -> Text:
    named = len(feature.levels) - feature.other
    if feature.levels[-1] == OTHER:
        return Text(
            f"{named} values of their own, rarer ones ({feature.shares[-1]:.0%}) as one",
            f"{named} 个取值各成一列，其余少见取值（{feature.shares[-1]:.0%}）合并",
        )
    return Text(f"{named} values, each of its own", f"{named} 个取值各成一列")


def _flag(feature: Feature, _: str) -> Text:
    share = f"{feature.shares[0]:.0%}"
    return Text(f"yes or no, yes for {share}", f"是/否，{share} 为是")


def _elements(feature: Feature, _: str) -> Text:
    count = len(feature.levels)
    return Text(
        f"list: whether it holds each of {count} frequent elements", f"列表：是否包含 {count} 个常见元素中的每一个"
    )


_KINDS: dict[Kind, Callable[[Feature, str], Text]] = {
    "number": _number,
    "flag": _flag,
    "category": _category,
    "elements": _elements,
}
"""What is done to tags of each kind."""
