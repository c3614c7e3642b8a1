"""The measures of health: what each is called, from where on it is amber or red, why that matters and what helps.

A project may move the limits in identity.yml (`health: {records_max: {amber: 200, red: 2000}}`; null: never).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huaxiang.core.text import Text

Level = Literal["green", "amber", "red"]
Unit = Literal["count", "number", "share"]
Side = Literal["high", "low", "both"]


NOTHING = Text("", "")


@dataclass(frozen=True)
class Measure:
    """A measure of the identity graph.

    `reason` says what was found: `{value}` is the value as it is written, other names are the counts of
    `figures.Facts`. `nothing` says it of a value of 0, `unknown` why there may be no value. `side` tells which values
    are bad: high ones, low ones, or those far from 0 on both sides. A measure without limits informs only.
    """

    label: Text
    unit: Unit
    reason: Text
    unknown: Text = NOTHING
    remedy: Text = NOTHING
    amber: float | None = None
    red: float | None = None
    side: Side = "high"
    nothing: Text | None = None

    def level(self, value: float | None, amber: float | None, red: float | None) -> Level:
        """The traffic light of a value: at a limit it counts as reached. What is not known is green."""
        if value is None:
            return "green"
        if _reached(value, red, self.side):
            return "red"
        return "amber" if _reached(value, amber, self.side) else "green"


def _reached(value: float, limit: float | None, side: Side) -> bool:
    if limit is None:
        return False
    if side == "low":
        return value <= limit
    return (abs(value) if side == "both" else value) >= limit


_FIRST = Text("There is no former build to compare with.", "尚无可比较的上次构建。")
_LIMIT = Text(
    "Look at the values below: list those that name nobody as 'junk', or raise 'limit' where they are good.",
    "请查看下方标识值：不指代任何人的加入 junk；确属正常的可提高 limit。",
)
_CHANGED = Text(
    "Compare the sources with the former build ('huaxiang audit'), and see what became of customers "
    "('huaxiang identity history').",
    "请用 huaxiang audit 对比两次构建的数据源，并用 huaxiang identity history 查看客户的变化。",
)
_WRONG_MERGE = Text(
    "Look at the customers below ('huaxiang identity explain ID'). Where they are several people, take them apart "
    "('huaxiang identity split'), and make the identifier that issues one value per person 'single'.",
    "请用 huaxiang identity explain 查看下列客户；若确为多人，用 huaxiang identity split 拆分，"
    "并把“一人一值”的标识类型设为 single。",
)

MEASURES: dict[str, Measure] = {
    "customers": Measure(
        Text("Customers", "客户数"),
        "count",
        Text("{records} records are {value} customers.", "{records} 条记录归并为 {value} 位客户。"),
    ),
    "records": Measure(
        Text("Records", "记录数"),
        "count",
        Text("{value} records of {sources} sources.", "来自 {sources} 个数据源的 {value} 条记录。"),
    ),
    "without_records": Measure(
        Text("Customers seen in facts only", "仅见于行为数据的客户"),
        "share",
        Text(
            "{value} of the customers ({without_records}) have no record: only facts name them.",
            "{value} 的客户（{without_records} 位）没有客户记录，仅在行为数据中出现。",
        ),
        Text("There is no customer.", "没有客户。"),
        nothing=Text("Every customer has a record.", "每位客户都有客户记录。"),
    ),
    "records_mean": Measure(
        Text("Records per customer, mean", "客均记录数"),
        "number",
        Text("A customer who has records has {value} on average.", "有记录的客户平均拥有 {value} 条记录。"),
        Text("No customer has a record.", "没有客户拥有记录。"),
    ),
    "records_p50": Measure(
        Text("Records per customer, median", "客户记录数中位数"),
        "number",
        Text("Half of the customers have at most {value} records.", "半数客户的记录数不超过 {value} 条。"),
        Text("No customer has a record.", "没有客户拥有记录。"),
    ),
    "records_p99": Measure(
        Text("Records per customer, 99 %", "客户记录数 99 分位"),
        "number",
        Text("99 % of the customers have at most {value} records.", "99% 的客户记录数不超过 {value} 条。"),
        Text("No customer has a record.", "没有客户拥有记录。"),
        _WRONG_MERGE,
        20,
        50,
    ),
    "records_max": Measure(
        Text("Records per customer, most", "客户记录数最大值"),
        "number",
        Text("The biggest customer has {value} records.", "记录最多的客户有 {value} 条记录。"),
        Text("No customer has a record.", "没有客户拥有记录。"),
        _WRONG_MERGE,
        100,
        1000,
    ),
    "identifiers_mean": Measure(
        Text("Identifiers per customer, mean", "客均标识数"),
        "number",
        Text("A customer has {value} identifiers on average.", "客户平均拥有 {value} 个标识。"),
        Text("There is no customer.", "没有客户。"),
    ),
    "identifiers_p99": Measure(
        Text("Identifiers per customer, 99 %", "客户标识数 99 分位"),
        "number",
        Text("99 % of the customers have at most {value} identifiers.", "99% 的客户标识数不超过 {value} 个。"),
        Text("There is no customer.", "没有客户。"),
        Text(
            "See which type has so many values per customer; types that change often, such as cookies, can be kept for "
            "look-up only ('links: false').",
            "请查看是哪类标识过多；cookie 等频繁变化的标识可设为仅供查询（links: false）。",
        ),
        50,
        200,
    ),
    "identifiers_max": Measure(
        Text("Identifiers per customer, most", "客户标识数最大值"),
        "number",
        Text("The customer with most identifiers has {value}.", "标识最多的客户有 {value} 个标识。"),
        Text("There is no customer.", "没有客户。"),
    ),
    "singletons": Measure(
        Text("Singletons", "单记录客户占比"),
        "share",
        Text("{value} of the customers with records have a single one.", "{value} 的有记录客户只有一条记录。"),
        Text(
            "Records come from one source only, so nothing needs to come together.",
            "记录只来自一个数据源，无需跨源归并。",
        ),
        Text(
            "Sources hardly meet. Map an identifier that they share, clean it alike in all of them, or switch fuzzy "
            "matching on.",
            "各数据源几乎无法打通：请映射它们共有的标识、统一清洗规则，或开启模糊匹配。",
        ),
        0.95,
        0.995,
    ),
    "unidentified": Measure(
        Text("Records without any identifier", "无标识记录占比"),
        "share",
        Text(
            "{value} of the records ({unidentified}) have no usable identifier and stay alone.",
            "{value} 的记录（{unidentified} 条）没有可用标识，只能各自独立。",
        ),
        Text("There is no record.", "没有记录。"),
        Text(
            "Map further identifiers of these sources, mend their cleaning, or switch fuzzy matching on.",
            "请为这些数据源映射更多标识、修正清洗规则，或开启模糊匹配。",
        ),
        0.2,
        0.5,
        nothing=Text("Every record has a usable identifier.", "每条记录都有可用标识。"),
    ),
    "mixed": Measure(
        Text("Customers with three birthdays or more", "生日矛盾的客户占比"),
        "share",
        Text(
            "{value} of the customers with records ({mixed}) have three different birthdays or more.",
            "{value} 的有记录客户（{mixed} 位）出现三个及以上不同生日。",
        ),
        Text("No source maps birthdays.", "没有数据源映射生日。"),
        _WRONG_MERGE,
        0.001,
        0.01,
        nothing=Text("No customer has three different birthdays or more.", "没有客户出现三个及以上不同生日。"),
    ),
    "bridges": Measure(
        Text("Customers held together by one link", "靠单一关联维系的客户占比"),
        "share",
        Text(
            "{value} of the customers with records ({bridges}) are two groups of {group} records or more that one link "
            "holds together.",
            "{value} 的有记录客户（{bridges} 位）由一个关联把两组各 {group} 条以上的记录连在一起。",
        ),
        Text("No customer has a record.", "没有客户拥有记录。"),
        _WRONG_MERGE,
        0.0005,
        0.005,
        nothing=Text(
            "No customer consists of two groups that one link holds together.", "没有客户仅靠单一关联维系两组记录。"
        ),
    ),
    "over_limit": Measure(
        Text("Records with a value over its limit", "含超限标识值的记录占比"),
        "share",
        Text(
            "{value} of the records hold a value that too many records share for its type (values: {over_limit}).",
            "{value} 的记录含有超出共用上限的标识值（共 {over_limit} 个），这些值不参与归并。",
        ),
        Text("There is no record.", "没有记录。"),
        _LIMIT,
        0.02,
        0.1,
        nothing=Text("No value is on more records than its type allows.", "没有标识值超出共用上限。"),
    ),
    "frequent": Measure(
        Text("Records with a value that is junk by its frequency", "含高频垃圾标识值的记录占比"),
        "share",
        Text(
            "{value} of the records hold a value that occurs far too often for its type (values: {frequent}).",
            "{value} 的记录含有出现次数异常偏高的标识值（共 {frequent} 个）。",
        ),
        Text("There is no record.", "没有记录。"),
        _LIMIT,
        0.02,
        0.1,
        nothing=Text("No value occurs far too often for its type.", "没有出现次数异常偏高的标识值。"),
    ),
    "junk": Measure(
        Text("Records with a junk value", "含垃圾标识值的记录占比"),
        "share",
        Text(
            "{value} of the records hold a value that is known to name nobody (values: {junk}).",
            "{value} 的记录含有已知不指代任何人的标识值（共 {junk} 个）。",
        ),
        Text("There is no record.", "没有记录。"),
        Text(
            "Have the source leave the field empty instead of filling it in.",
            "请推动数据源在无值时留空，而不是填写占位值。",
        ),
        0.05,
        0.25,
        nothing=Text("No record holds a value that is known to name nobody.", "没有记录含有已知的垃圾标识值。"),
    ),
    "invalid": Measure(
        Text("Records with a malformed value", "含格式错误标识值的记录占比"),
        "share",
        Text(
            "{value} of the records hold a value that does not match the pattern of its type.",
            "{value} 的记录含有不符合格式要求的标识值。",
        ),
        Text("There is no record.", "没有记录。"),
        Text(
            "Add a cleaning function to the type or the feed, or correct the type's 'pattern'.",
            "请为该标识类型或数据流添加清洗函数，或修正其 pattern。",
        ),
        0.05,
        0.25,
        nothing=Text("Every value matches the pattern of its type.", "所有标识值均符合格式要求。"),
    ),
    "conflicts": Measure(
        Text("Records with a link that was cut", "被切断关联的记录占比"),
        "share",
        Text(
            "{value} of the records lost a link that would have given a customer two values of a 'single' type "
            "({conflicts} conflicts).",
            "{value} 的记录有关联被切断，否则同一客户会有两个“唯一”标识值（共 {conflicts} 处冲突）。",
        ),
        Text("There is no record.", "没有记录。"),
        Text(
            "Look at the conflicts: if people may well have several values, the type is not 'single'; if a weaker "
            "value is shared by many, lower its 'limit'.",
            "请查看冲突明细：若一人确可有多个值，则该类型不应设为 single；若较弱的标识常被共用，请调低其 limit。",
        ),
        0.02,
        0.1,
        nothing=Text("No link had to be cut.", "没有需要切断的关联。"),
    ),
    "review": Measure(
        Text("Pairs that wait for review", "待人工审核的匹配对"),
        "count",
        Text("{value} uncertain pairs wait for a person's decision.", "有 {value} 对不确定的匹配等待人工判断。"),
        Text("No fuzzy matching ran.", "未运行模糊匹配。"),
        Text(
            "Decide them ('huaxiang identity review'), or narrow the grey zone.",
            "请逐一判断（huaxiang identity review），或收窄灰区。",
        ),
        100,
        5000,
        nothing=Text("No pair waits for a decision.", "没有等待审核的匹配对。"),
    ),
    "precision": Measure(
        Text("Estimated precision of matches", "匹配精确率（估计）"),
        "share",
        Text(
            "By their probabilities {value} of the {joined} matched pairs are right.",
            "按匹配概率估计，{joined} 对匹配中有 {value} 正确。",
        ),
        Text("No pair was joined by fuzzy matching.", "没有通过模糊匹配归并的记录对。"),
        Text(
            "Raise the wanted precision of fuzzy matching, or let it only suggest.",
            "请提高模糊匹配的目标精确率，或改为仅给出建议。",
        ),
        0.99,
        0.97,
        "low",
    ),
    "decisions": Measure(
        Text("Decisions without effect", "未生效的人工决定"),
        "count",
        Text(
            "{value} manual decisions contradict others, or speak of records that are gone.",
            "有 {value} 条人工决定互相矛盾，或涉及的记录已不存在。",
        ),
        Text("There are no manual decisions.", "没有人工决定。"),
        Text(
            "See them with 'huaxiang identity history', and take back those that no longer hold ('huaxiang identity "
            "undo').",
            "请用 huaxiang identity history 查看，并用 huaxiang identity undo 撤销已失效的决定。",
        ),
        1,
        None,
        nothing=Text("Every manual decision has its effect.", "所有人工决定均已生效。"),
    ),
    "records_growth": Measure(
        Text("Growth of records", "记录数增幅"),
        "share",
        Text(
            "Since the former build the number of records changed by {value}.", "与上次构建相比，记录数变化 {value}。"
        ),
        _FIRST,
        _CHANGED,
        0.3,
        1.0,
        "both",
        nothing=Text("There are as many records as in the former build.", "记录数与上次构建持平。"),
    ),
    "customers_growth": Measure(
        Text("Growth of customers", "客户数增幅"),
        "share",
        Text(
            "Since the former build the number of customers changed by {value}.",
            "与上次构建相比，客户数变化 {value}。",
        ),
        _FIRST,
        _CHANGED,
        0.3,
        1.0,
        "both",
        nothing=Text("There are as many customers as in the former build.", "客户数与上次构建持平。"),
    ),
    "singletons_growth": Measure(
        Text("Change in singletons", "单记录客户占比变化"),
        "share",
        Text(
            "Since the former build the share of singletons changed by {value} of all customers.",
            "与上次构建相比，单记录客户占比变化 {value}。",
        ),
        _FIRST,
        _CHANGED,
        0.05,
        0.15,
        "both",
        nothing=Text("Singletons are as frequent as in the former build.", "单记录客户占比与上次构建持平。"),
    ),
    "merged": Measure(
        Text("Former customers merged into others", "被并入他人的客户占比"),
        "share",
        Text(
            "{value} of the former customers ({merged}) are now part of another.",
            "{value} 的原有客户（{merged} 位）已并入其他客户。",
        ),
        _FIRST,
        _CHANGED,
        0.02,
        0.1,
        nothing=Text("No former customer became part of another.", "没有原有客户并入他人。"),
    ),
    "split": Measure(
        Text("Former customers that were split", "被拆分的客户占比"),
        "share",
        Text(
            "{value} of the former customers ({split}) lost a part to another.",
            "{value} 的原有客户（{split} 位）有部分记录被拆出。",
        ),
        _FIRST,
        _CHANGED,
        0.005,
        0.05,
        nothing=Text("No former customer lost a part.", "没有原有客户被拆分。"),
    ),
    "gone": Measure(
        Text("Former customers that are gone", "消失的客户占比"),
        "share",
        Text(
            "{value} of the former customers ({gone}) are not in this build's data.",
            "{value} 的原有客户（{gone} 位）未出现在本次数据中。",
        ),
        _FIRST,
        _CHANGED,
        0.05,
        0.2,
        nothing=Text("Every former customer is still there.", "原有客户全部保留。"),
    ),
}
"""Each measure in order of display."""
