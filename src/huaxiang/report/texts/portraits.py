"""Texts of what a portrait shows beside its tags: scores, places, hours, preferences, siblings, borders, stability."""

_DAYS = (
    ("Mon", "周一"),
    ("Tue", "周二"),
    ("Wed", "周三"),
    ("Thu", "周四"),
    ("Fri", "周五"),
    ("Sat", "周六"),
    ("Sun", "周日"),
)

TEXTS = {
    "portrait.front": ("What matters to the question", "与业务问题最相关的差异"),
    "portrait.front.note": (
        "Only the dimensions that tell most – {dimensions}; the others stand behind, at the end. One value of each of "
        "the most telling tags, at most two tags of a category; tags that the rule is made of are left out.",
        "此处只列信息量最大的维度：{dimensions}；其余维度见页末。每个标签取一个最具代表性的取值，每个类目至多两个标签；"
        "分群规则本身所用的标签不计入。",
    ),
    "portrait.behind": ("All other dimensions", "其余维度"),
    "portrait.behind.note": (
        "What tells less about the question: distributions and statements of the other dimensions.",
        "与业务问题关系较小的维度：分布与解读。",
    ),
    "sureness.sure": ("sure", "把握大"),
    "sureness.likely": ("likely", "较可能"),
    "sureness.weak": ("weak", "证据弱"),
    "portrait.sureness.note": (
        "Sure: significant, and even the near end of the 95 % interval is at least half of the difference. Likely: "
        "significant, but its size is uncertain. Weak: no more than chance may bring.",
        "把握大：差异显著，且 95% 置信区间靠近零的一端不低于差异的一半。"
        "较可能：差异显著，但大小不确定。证据弱：可能只是偶然。",
    ),
    "portrait.rewritten": (
        "The same, as the language model {model} puts it. Its numbers were checked against the figures.",
        "语言模型 {model} 的改写，其中数字均已与数据核对",
    ),
    "portrait.scores": ("Strengths by dimension", "各维度得分"),
    "portrait.scores.note": (
        "Mean percentile rank of the members among the base: 50 is average, 70 says more than 70 in 100.",
        "成员在基准群体中的平均百分位：50 为平均水平，70 表示高于 70% 的客户。",
    ),
    "portrait.dimension": ("Dimension", "维度"),
    "portrait.score": ("Score", "得分"),
    "portrait.score.tags": ("Tags", "标签数"),
    "portrait.places": ("Where they live", "地域分布"),
    "portrait.places.note": ("Colour: TGI by province, 100 is like the base", "颜色：各省 TGI，100 = 与基准相同"),
    "portrait.hours": ("When they are active", "活跃时段"),
    "portrait.hours.note": (
        "Share of the last 365 days’ activity, in civil time; stronger colours are more",
        "近 365 天活跃占比（当地时间），颜色越浓越活跃",
    ),
    "portrait.hours.cell": ("{day}, {from}:00–{to}:00", "{day} {from} 点至 {to} 点"),
    "facet.category": ("Categories bought", "购买品类"),
    "facet.brand": ("Brands bought", "购买品牌"),
    "facet.order_channel": ("Where they order", "下单渠道"),
    "facet.visit_channel": ("Where they visit", "访问渠道"),
    "facet.active_time": ("Parts of the day and the week", "时段与周末"),
    "facet.journey_stage": ("Journey stage", "旅程阶段"),
    "facet.life_stage": ("Life stage", "人生阶段"),
    "facet.province": ("Province", "省份"),
    "portrait.preferences": ("What they buy", "品类与品牌偏好"),
    "portrait.preferences.note": (
        "Members who bought it in the last 365 days, of all members who bought; bold: TGI",
        "近 365 天购买过该品类或品牌的成员占有购买成员的比例；粗体为 TGI",
    ),
    "portrait.mix": ("Channel mix", "渠道构成"),
    "portrait.mix.note": ("Share of orders and of visits by channel", "各渠道订单与访问量占比"),
    "portrait.stages": ("Where they stand", "所处阶段"),
    "portrait.volume": ("Share of volume", "量占比"),
    "portrait.base_volume": ("Base: share of volume", "基准量占比"),
    "portrait.buyers": ("Share of members", "成员占比"),
    "portrait.facet": ("Aspect", "方面"),
    "portrait.day": ("Day", "星期"),
    "portrait.hour": ("Hours", "时段"),
    "portrait.sibling": ("Most like “{label}”", "最相近的画像：{label}"),
    "portrait.sibling.note": (
        "What sets the two apart (distance {distance} of 1):",
        "两者的主要差别（距离 {distance}，最大为 1）：",
    ),
    "portrait.borders": ("What it takes to leave", "怎样会离开该群体"),
    "portrait.borders.any": ("or, where the rule offers a choice:", "规则为“或”的条件："),
    "portrait.past": ("How stable it was", "稳定性"),
    "portrait.past.first": (
        "This is its first build: nothing to compare with yet.",
        "这是首次构建，尚无可比较的历史。",
    ),
    "portrait.past.now": (
        "{jaccard} of the members of the last two builds are in both; {psi}.",
        "最近两次构建的成员重合度为 {jaccard}；{psi}。",
    ),
    "portrait.past.psi": (
        "of its top tags “{tag}” moved most (PSI {psi})",
        "最具区分度的标签中“{tag}”变化最大（PSI {psi}）",
    ),
    "portrait.past.none": ("no top tag can be compared", "没有可比较的主要标签"),
    "portrait.past.build": ("As of", "时点"),
    "portrait.past.size": ("Members", "成员数"),
    "portrait.past.jaccard": ("In both", "重合度"),
    "portrait.where": ("Where, when and what", "地点、时间与偏好"),
    **{f"day.{i}": day for i, day in enumerate(_DAYS, 1)},
}
