"""How the figures are made, and what the words mean."""

TEXTS = {
    "method.lead": (
        "How the figures of this report are made, so that nobody has to take them on trust.",
        "本报告各项数字的计算方法，供读者核对。",
    ),
    "method.moment.title": ("One moment", "统一时点"),
    "method.moment": (
        "Every tag is computed at one moment, {day} ({zone}). Only facts from before it count. Windows are "
        "half-open: "
        "“90 days” are the 90 civil days that end before that moment.",
        "所有标签都按同一时点（{day}，{zone}）计算，只使用该时点之前发生的事实。"
        "时间窗口左闭右开：“近 90 天”指该时点之前的 "
        "90 个自然日。",
    ),
    "method.tgi.title": ("TGI", "TGI"),
    "method.tgi": (
        "Target group index: the share of a value in the persona ÷ its share in the base × 100. 100 means "
        "as common as in "
        "the base, 200 twice as common, 50 half as common. A high TGI of a rare value may concern few people, so the "
        "report shows the difference of the shares beside it.",
        "目标群体指数 = 某取值在群体中的占比 ÷ 在基准人群中的占比 × 100。100 表示与基准相同，200 表示高出一倍，"
        "50 表示只有一半。"
        "稀有取值的 TGI 可能很高但人数很少，因此报告同时给出占比之差。",
    ),
    "method.interval.title": ("Differences and intervals", "差异与置信区间"),
    "method.interval": (
        "The difference is the share among the members minus the share among the rest of the base, in percentage "
        "points. "
        "Its 95 % interval is Newcombe’s (1998, method 10), made from two Wilson score intervals. For numbers "
        "it is the "
        "difference of the means with Welch’s interval; the effect size is Cohen’s d.",
        "差异 = 群体成员中的占比 − 基准中其余客户的占比，以百分点表示。95% 置信区间采用 Newcombe（1998，方法 "
        "10），由两个 Wilson 区间合成。"
        "数值标签比较均值之差，使用 Welch 区间；效应量为 Cohen’s d。",
    ),
    "method.correction.title": ("Many comparisons", "多重检验校正"),
    "method.correction": (
        "A portrait makes hundreds of comparisons, and some would look remarkable by chance. p-values are "
        "corrected after "
        "Benjamini and Hochberg (1995); a difference is called significant where the q-value is below 0.05. "
        "What is not significant is drawn pale.",
        "一份画像包含数百次比较，其中总有一些纯属偶然。p 值经 Benjamini–Hochberg（1995）校正，q 值小于 0.05 "
        "才称为显著；不显著的差异以浅色绘制。",
    ),
    "method.rank.title": ("Most telling", "代表性排序"),
    "method.rank": (
        "Tags are ranked by information gain: how much knowing the tag’s value helps to tell members from "
        "the rest, in bits. "
        "It rewards differences that are both large and common.",
        "标签按信息增益排序：知道该标签的取值，对区分成员与非成员有多大帮助（单位：比特）。差异大且覆盖面广的标签排名靠前。",
    ),
    "method.rfm.title": ("RFM", "RFM"),
    "method.rfm": (
        "Recency, frequency and monetary value are each scored from 1 to 5 by quintiles of the customers who "
        "have bought; "
        "5 is best. Named groups are rules over the three scores.",
        "在有购买的客户中，对最近购买时间、购买频次、消费金额分别按五分位打 1–5 分，5 分最好。"
        "客群由三个分数的规则组合而成。",
    ),
    "method.privacy.title": ("Small groups", "小群体保护"),
    "method.privacy": (
        "A group of fewer than {threshold} customers is not shown. Where one part of a whole would be withheld "
        "alone, the "
        "next smallest is withheld too, so that it can’t be found by subtraction.",
        "不足 {threshold} 人的群体不展示。若整体中只有一个部分需要隐藏，则连同次小的部分一并隐藏，避免通过相减推算。",
    ),
    "method.compare.title": ("Comparison", "画像对比"),
    "method.compare": (
        "Two personas are compared tag by tag by the total variation distance of their distributions: half "
        "the sum of the "
        "absolute differences of the shares. It is 0 where they are alike and 100 % where they have no value "
        "in common.",
        "两个画像逐标签比较分布的全变差距离，即各取值占比之差绝对值之和的一半：0 表示完全相同，100% 表示毫无交集。",
    ),
    "glossary.lead": ("The words of this report.", "本报告使用的术语。"),
    "glossary.customer": ("Customer", "客户"),
    "glossary.customer.text": (
        "Whom a set of records turned out to be, because they share identifiers.",
        "由共享标识的多条记录合并而成的同一个人。",
    ),
    "glossary.record": ("Record", "记录"),
    "glossary.record.text": ("One row about somebody in one source.", "某个数据源中关于某人的一行数据。"),
    "glossary.fact": ("Fact", "事实"),
    "glossary.fact.text": (
        "Something a customer did or got at a moment, such as an order, an event or a review.",
        "客户在某一时刻的行为或经历，例如订单、浏览、评价。",
    ),
    "glossary.tag": ("Tag", "标签"),
    "glossary.tag.text": (
        "A value per customer at the moment of the build, in a tree of dimension, category and tag.",
        "在构建时点为每位客户计算的一个值，按“维度—类目—标签”三级组织。",
    ),
    "glossary.coverage": ("Coverage", "覆盖率"),
    "glossary.coverage.text": ("The share of customers who have a value of a tag.", "某标签有值的客户所占比例。"),
    "glossary.segment": ("Segment", "分群"),
    "glossary.segment.text": (
        "Customers who meet a rule over tags, or are on an uploaded list.",
        "满足一条标签规则，或出现在上传名单中的客户。",
    ),
    "glossary.persona": ("Persona", "群体画像"),
    "glossary.persona.text": (
        "What a segment is like against a base, usually everyone.",
        "一个分群相对于基准人群（通常为全体客户）的特征。",
    ),
    "glossary.quarantine": ("Quarantine", "隔离"),
    "glossary.quarantine.text": (
        "Where rows go that can’t be used, each with its source, row number and reason.",
        "无法使用的数据行的去处，保留来源、行号和原因。",
    ),
    "glossary.set_aside": ("Set aside", "搁置"),
    "glossary.set_aside.text": (
        "Rows that are sound but don’t count: left out by the feed’s condition, "
        "without a customer, or from after the moment.",
        "数据本身没有问题，但不参与计算的行：不符合筛选条件、无法归属客户，或发生在构建时点之后。",
    ),
    "glossary.snapshot": ("Snapshot", "快照"),
    "glossary.snapshot.text": (
        "Everything that one build wrote; it never changes afterwards.",
        "一次构建产生的全部结果，之后不再改变。",
    ),
    "glossary.tgi": ("TGI", "TGI"),
    "glossary.tgi.text": (
        "Target group index; 100 means as common as in the base.",
        "目标群体指数，100 表示与基准人群持平。",
    ),
}
