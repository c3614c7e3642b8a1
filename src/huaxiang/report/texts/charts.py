"""Captions of charts and the words in them."""

TEXTS = {
    "chart.concentration": ("How revenue is spread over customers", "销售额集中度"),
    "chart.concentration.x": ("Customers, best first", "客户（按消费从高到低）"),
    "chart.concentration.equal": ("if all spent the same", "若人人消费相同"),
    "chart.concentration.point": ("top {customers} → {revenue}", "前 {customers} → {revenue}"),
    "chart.months": ("Revenue by month", "月度销售额"),
    "chart.data_map": ("Sources and the tables they feed", "数据源与标准表"),
    "chart.data_map.note": ("Width: number of mapped columns", "宽度：映射字段数"),
    "chart.balance": ("What became of every row, by feed", "各数据流的行数去向"),
    "chart.balance.note": ("Share of the rows that were not used", "未使用行的占比"),
    "chart.tags": (
        "The tag system: size is the number of tags, colour their mean coverage",
        "标签体系：面积为标签数，颜色为平均覆盖率",
    ),
    "chart.rfm_map": ("Customers by recency and frequency; colour: mean spend", "客户 R × F 分布（颜色：人均消费）"),
    "chart.rfm_groups": ("Share of customers and of revenue by RFM group", "各 RFM 客群的客户占比与销售额占比"),
    "chart.tiers": ("Customers and revenue by value tier", "各价值层的人数与销售额占比"),
    "chart.lifecycle": ("Customers and revenue by lifecycle stage", "各生命周期阶段的客户与销售额占比"),
    "chart.overlap": ("Overlap of segments", "分群重叠热力图"),
    "chart.telling": ("TGI and difference of the most telling values", "最具代表性的特征：TGI 与差异"),
    "chart.telling.tgi": ("TGI (100 = like the base)", "TGI（100 = 与基准相同）"),
    "chart.telling.difference": (
        "Difference to the rest, points, with 95 % interval",
        "与其余客户之差（百分点，95% 置信区间）",
    ),
    "chart.distributions": ("Distribution of the most telling tags", "代表性标签的分布"),
    "chart.numbers": (
        "Numeric tags: distance from the rest in standard deviations",
        "数值标签：与其余客户的差距（标准差）",
    ),
    "chart.numbers.note": ("Labels: mean of the persona / of the base", "标注：群体均值 / 基准均值"),
    "chart.compare": ("Shares of the two personas, value by value", "两个画像的取值占比"),
    "chart.withheld": ("fewer than {threshold}", "不足 {threshold} 人"),
}
