"""Where the simulated people live: cities with their province, tier and the shop's sales region."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from huaxiang.simulate.columns import Array, cumulative

REGIONS = ("east", "north", "south", "west")


class City(NamedTuple):
    """A city. `tier` is 0 first tier, 1 new first tier, 2 second, 3 third, 4 smaller; `weight` is within its tier."""

    name: str
    pinyin: str
    province: str
    tier: int
    region: str
    weight: int


def _cities(tier: int, *rows: str) -> list[City]:
    parts = [row.split() for row in rows]
    return [City(name, pinyin, province, tier, region, int(w)) for name, pinyin, province, region, w in parts]


CITIES = (
    *_cities(0, "北京 Beijing 北京市 north 22", "上海 Shanghai 上海市 east 25",
             "广州 Guangzhou 广东省 south 19", "深圳 Shenzhen 广东省 south 18"),
    *_cities(1, "成都 Chengdu 四川省 west 21", "杭州 Hangzhou 浙江省 east 12", "重庆 Chongqing 重庆市 west 20",
             "武汉 Wuhan 湖北省 south 13", "西安 Xi'an 陕西省 west 13", "苏州 Suzhou 江苏省 east 13",
             "南京 Nanjing 江苏省 east 9", "天津 Tianjin 天津市 north 14", "郑州 Zhengzhou 河南省 north 12",
             "长沙 Changsha 湖南省 south 10", "东莞 Dongguan 广东省 south 10", "青岛 Qingdao 山东省 north 10",
             "合肥 Hefei 安徽省 east 9", "宁波 Ningbo 浙江省 east 9", "佛山 Foshan 广东省 south 9"),
    *_cities(2, "沈阳 Shenyang 辽宁省 north 9", "昆明 Kunming 云南省 west 8",
             "厦门 Xiamen 福建省 south 5", "福州 Fuzhou 福建省 south 8", "济南 Jinan 山东省 north 9",
             "大连 Dalian 辽宁省 north 7", "无锡 Wuxi 江苏省 east 7",
             "哈尔滨 Harbin 黑龙江省 north 9", "温州 Wenzhou 浙江省 east 9",
             "石家庄 Shijiazhuang 河北省 north 10", "贵阳 Guiyang 贵州省 west 6",
             "南宁 Nanning 广西壮族自治区 south 8", "兰州 Lanzhou 甘肃省 west 5", "海口 Haikou 海南省 south 3"),
    *_cities(3, "洛阳 Luoyang 河南省 north 7", "襄阳 Xiangyang 湖北省 south 5", "绵阳 Mianyang 四川省 west 5",
             "芜湖 Wuhu 安徽省 east 4", "商丘 Shangqiu 河南省 north 8",
             "盐城 Yancheng 江苏省 east 6", "赣州 Ganzhou 江西省 south 9", "湛江 Zhanjiang 广东省 south 7",
             "邯郸 Handan 河北省 north 9", "银川 Yinchuan 宁夏回族自治区 west 3",
             "衡阳 Hengyang 湖南省 south 7", "安庆 Anqing 安徽省 east 4",
             "呼和浩特 Hohhot 内蒙古自治区 north 3"),
    *_cities(4, "宜春 Yichun 江西省 south 5", "南充 Nanchong 四川省 west 6",
             "曲靖 Qujing 云南省 west 6", "天水 Tianshui 甘肃省 west 3",
             "西宁 Xining 青海省 west 2", "拉萨 Lhasa 西藏自治区 west 1",
             "喀什 Kashgar 新疆维吾尔自治区 west 4", "四平 Siping 吉林省 north 2", "大同 Datong 山西省 north 3"),
)  # fmt: skip

PROVINCE_SPELLINGS = {
    "北京市": ("北京", "Beijing", "京"), "上海市": ("上海", "Shanghai", "沪"), "天津市": ("天津", "Tianjin", "津"),
    "重庆市": ("重庆", "Chongqing", "渝"), "广东省": ("广东", "Guangdong", "粤"), "四川省": ("四川", "Sichuan", "川"),
    "浙江省": ("浙江", "Zhejiang", "浙"), "江苏省": ("江苏", "Jiangsu", "苏"), "湖北省": ("湖北", "Hubei", "鄂"),
    "陕西省": ("陕西", "Shaanxi", "陕"), "河南省": ("河南", "Henan", "豫"), "湖南省": ("湖南", "Hunan", "湘"),
    "山东省": ("山东", "Shandong", "鲁"), "辽宁省": ("辽宁", "Liaoning", "辽"), "安徽省": ("安徽", "Anhui", "皖"),
    "云南省": ("云南", "Yunnan", "滇"), "福建省": ("福建", "Fujian", "闽"),
    "黑龙江省": ("黑龙江", "Heilongjiang", "黑"),
    "河北省": ("河北", "Hebei", "冀"), "贵州省": ("贵州", "Guizhou", "黔"), "甘肃省": ("甘肃", "Gansu", "甘"),
    "广西壮族自治区": ("广西", "Guangxi", "桂"), "海南省": ("海南", "Hainan", "琼"),
    "江西省": ("江西", "Jiangxi", "赣"),
    "宁夏回族自治区": ("宁夏", "Ningxia", "宁"), "内蒙古自治区": ("内蒙古", "Inner Mongolia", "蒙"),
    "青海省": ("青海", "Qinghai", "青"), "西藏自治区": ("西藏", "Tibet", "藏"), "吉林省": ("吉林", "Jilin", "吉"),
    "新疆维吾尔自治区": ("新疆", "Xinjiang", "新"), "山西省": ("山西", "Shanxi", "晋"),
}  # fmt: skip
"""A province as the statistics write it → how people write it."""

TIER_NAMES = ("tier_1", "new_tier_1", "tier_2", "tier_3", "tier_4")
REGION_OF = np.array([REGIONS.index(city.region) for city in CITIES])
TIER_OF = np.array([city.tier for city in CITIES])


def _city_shares() -> Array:
    """For each tier (row) the cumulative shares of all cities."""
    weights = np.array([city.weight for city in CITIES], dtype=float)
    in_tier = TIER_OF[None, :] == np.arange(5)[:, None]
    return cumulative(np.where(in_tier, weights, 0))


CITY_SHARES = _city_shares()

ROADS = (
    "人民路", "解放路", "建设路", "中山路", "和平路", "新华路", "文化路", "学府路", "滨江路", "长江路", "黄河路",
    "花园路",     "朝阳街", "胜利街", "幸福街", "科技路", "创业路", "翠竹路", "明月路", "桂花街",
)  # fmt: skip
ESTATES = (
    "阳光花园", "锦绣家园", "翠湖苑", "金域华府", "碧水湾", "书香里", "春晓小区", "东方名城", "万象府", "和谐家园",
)  # fmt: skip
