"""What people call the kinds of tags, the types of values, and the usual units."""

from __future__ import annotations

from huaxiang.core.text import Text
from huaxiang.core.types import Type

TAG_KINDS: dict[str, Text] = {
    "attribute": Text("attribute", "属性"),
    "aggregate": Text("aggregate", "聚合"),
    "formula": Text("formula", "公式"),
    "rule": Text("rule", "规则"),
    "bins": Text("bins", "分箱"),
    "sql": Text("SQL", "SQL"),
    "import": Text("import", "导入"),
}
"""The kinds of tags, as the catalog names them."""

TYPES: dict[str, Text] = {
    Type.TEXT: Text("text", "文本"),
    Type.INTEGER: Text("integer", "整数"),
    Type.NUMBER: Text("number", "数值"),
    Type.MONEY: Text("money", "金额"),
    Type.BOOLEAN: Text("yes or no", "是/否"),
    Type.DATE: Text("date", "日期"),
    Type.MOMENT: Text("moment", "时间"),
    Type.LIST: Text("list", "列表"),
    Type.DURATION: Text("duration", "时长"),
    Type.NULL: Text("nothing", "空值"),
}
"""The types of values."""

UNITS: dict[str, Text] = {
    "share": Text("share", "占比"),
    "ratio": Text("ratio", "比率"),
    "probability": Text("probability", "概率"),
    "currency": Text("currency", "项目货币"),
    "orders": Text("orders", "单"),
    "items": Text("items", "件"),
    "categories": Text("categories", "个品类"),
    "stars": Text("stars", "星"),
    "points": Text("points", "分"),
    "bits": Text("bits", "比特"),
    "minutes": Text("minutes", "分钟"),
    "hours": Text("hours", "小时"),
    "days": Text("days", "天"),
    "weeks": Text("weeks", "周"),
    "months": Text("months", "个月"),
    "years": Text("years", "年"),
}
"""The units of the built-in libraries; a tag may have any other, which is shown as it is written."""
