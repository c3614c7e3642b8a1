"""Where the provinces of China stand on a grid of tiles, and what they are called."""

from __future__ import annotations

from typing import NamedTuple


class Tile(NamedTuple):
    """A province: its Chinese short name as data have it, its English name, its code (ISO 3166-2:CN), its place."""

    name: str
    english: str
    code: str
    column: int
    row: int


def _row(row: int, *tiles: tuple[int, str, str, str]) -> list[Tile]:
    return [Tile(name, english, code, column, row) for column, name, english, code in tiles]


TILES: tuple[Tile, ...] = (
    *_row(0, (7, "黑龙江", "Heilong-\njiang", "HL")),
    *_row(1, (4, "内蒙古", "Inner\nMongolia", "NM"), (5, "北京", "Beijing", "BJ"), (6, "辽宁", "Liaoning", "LN"),
          (7, "吉林", "Jilin", "JL")),
    *_row(2, (0, "新疆", "Xinjiang", "XJ"), (1, "甘肃", "Gansu", "GS"), (2, "宁夏", "Ningxia", "NX"),
          (3, "山西", "Shanxi", "SX"), (4, "河北", "Hebei", "HE"), (5, "天津", "Tianjin", "TJ")),
    *_row(3, (0, "西藏", "Tibet", "XZ"), (1, "青海", "Qinghai", "QH"), (2, "陕西", "Shaanxi", "SN"),
          (3, "河南", "Henan", "HA"), (4, "山东", "Shan-\ndong", "SD"), (5, "江苏", "Jiangsu", "JS")),
    *_row(4, (1, "四川", "Sichuan", "SC"), (2, "重庆", "Chong-\nqing", "CQ"), (3, "湖北", "Hubei", "HB"),
          (4, "安徽", "Anhui", "AH"), (5, "浙江", "Zhejiang", "ZJ"), (6, "上海", "Shanghai", "SH")),
    *_row(5, (1, "云南", "Yunnan", "YN"), (2, "贵州", "Guizhou", "GZ"), (3, "湖南", "Hunan", "HN"),
          (4, "江西", "Jiangxi", "JX"), (5, "福建", "Fujian", "FJ"), (6, "台湾", "Taiwan", "TW")),
    *_row(6, (2, "广西", "Guangxi", "GX"), (3, "广东", "Guang-\ndong", "GD")),
    *_row(7, (2, "海南", "Hainan", "HI"), (3, "澳门", "Macao", "MO"), (4, "香港", "Hong\nKong", "HK")),
)  # fmt: skip
"""All 34: 23 provinces, 5 autonomous regions, 4 municipalities, 2 special administrative regions."""
