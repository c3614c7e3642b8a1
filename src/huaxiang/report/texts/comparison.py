"""Texts of the page that puts groups side by side."""

TEXTS = {
    "sides.title": ("Customer comparison", "客群对比"),
    "sides.versus": ("{first} and {second}", "{first}与{second}"),
    "sides.and": (", ", "、"),
    "nav.sides_summary": ("In short", "结论"),
    "nav.sides_where": ("Where they differ", "差异所在"),
    "nav.sides_tags": ("Tag by tag", "逐项对比"),
    "nav.sides_table": ("All differences", "全部差异"),
    "nav.sides_method": ("How to read this", "阅读说明"),
    "sides.share": ("of all customers", "占全部客户"),
    "sides.revenue": ("of revenue", "占销售额"),
    "sides.thin": ("Few people: figures are rough.", "样本较少，数据仅供参考。"),
    "sides.small": (
        "Too few people to show: nothing but the name is told.",
        "人数过少，为保护个人隐私，仅显示名称。",
    ),
    "sides.nobody": ("Nobody belongs to it.", "没有成员。"),
    "sides.both": ("In both: {count}", "同属两者：{count}"),
    "sides.overlaps": ("Customers in two of the groups", "同属两个客群的客户"),
    "sides.none": (
        "No difference is reliable after correction for the number of tests.",
        "经多重比较校正后，没有可靠的差异。",
    ),
    "sides.where.lead": (
        "One line per tag: the value that differs most, the largest difference first. Tags that a rule rests on, and "
        "tags that repeat a line above, are left to the table.",
        "每个标签一行，取差异最大的取值，按差异大小排列。分群规则所依据的标签，以及与上文重复的标签，仅列在下方表格中。",
    ),
    "chart.sides_shares": ("Difference in points, with 95 % interval", "占比之差（百分点，95% 置信区间）"),
    "chart.sides_means": (
        "Difference of means in standard deviations, with 95 % interval",
        "均值之差（以标准差计，95% 置信区间）",
    ),
    "chart.sides_note": ("Right of zero: more in {first}", "零线右侧：{first}更高"),
    "chart.sides_note.pair": ("Right of zero: more in the group named first", "零线右侧：前者更高"),
    "sides.scores.note": (
        "Mean percentile rank among all customers: 50 (dashed) is average, 70 says more than 70 in 100.",
        "在全体客户中的平均百分位：50（虚线）为平均水平，70 表示高于 70% 的客户。",
    ),
    "sides.everyone": ("All customers", "全体客户"),
    "sides.tags.lead": (
        "Shares among those with a value. Cramér's V says how far the whole distribution differs, from 0 to 1.",
        "占比以有数据的客户为基数。Cramér's V 衡量整体分布的差异，取值 0 到 1。",
    ),
    "sides.effect.v": ("Cramér's V {value}", "关联度 Cramér's V {value}"),
    "sides.alike": ("Tags without a reliable difference", "没有可靠差异的标签"),
    "sides.alike.lead": (
        "That no difference was found does not show that there is none.",
        "未发现差异，不等于没有差异。",
    ),
    "sides.skipped": ("Not compared", "未作比较"),
    "sides.table.lead": (
        "The {count} differences that tell most, of {total}; the CSV file and --json have all.",
        "共 {total} 项差异，此处列出最主要的 {count} 项；完整数据见 CSV 文件或 --json。",
    ),
    "sides.table.all": (
        "{total} differences, the reliable ones first.",
        "共 {total} 项差异，可靠的在前。",
    ),
    "sides.difference": ("Difference", "差异"),
    "sides.interval": ("95 % interval", "95% 置信区间"),
    "sides.effect": ("Effect size", "效应量"),
    "sides.q": ("q-value", "q 值"),
    "sides.adjusted": ("Adjusted p", "校正后 p 值"),
    "sides.reliable": ("reliable", "可靠"),
    "sides.unreliable": ("not proven", "不显著"),
    "sides.verdict": ("Verdict", "判断"),
    "sides.thin.mark": ("few people", "样本少"),
    "sides.defining.mark": ("by rule", "规则所定"),
    "sides.pair": ("{a} − {b}", "{a}较{b}"),
    "method.sides_interval.title": ("Intervals", "置信区间"),
    "method.sides_interval": (
        "95 %. Shares: Newcombe (1998, method 10). Means: Welch (1947). Customers in several groups are not "
        "independent: those of one group alone, of the other alone, and of both are three independent parts, and each "
        "adds what it varies (Zou and Donner 2008). People seen at two moments are pairs (Newcombe 1998, paired).",
        "置信水平 95%。占比用 Newcombe（1998，方法 10），均值用 Welch（1947）。同属两个客群的客户并不独立："
        "仅属前者、仅属后者、"
        "同属两者三部分相互独立，分别计入方差（Zou 与 Donner，2008）。"
        "同一客户在两个时点的数据按配对处理（Newcombe，1998，配对）。",
    ),
    "method.sides_effect.title": ("Effect size", "效应量"),
    "method.sides_effect": (
        "How large a difference is, whatever the number of people: Cohen's h for shares (1988), Hedges' g for means "
        "(1981); from 0.2 on small, 0.5 medium, 0.8 large. Cramér's V (1946) for whole distributions, with Bergsma's "
        "correction (2013).",
        "差异本身的大小，与人数无关：占比用 Cohen's h（1988），均值用 Hedges' g（1981）；"
        "0.2 起为较小，0.5 起为中等，0.8 起为很大。"
        "整体分布用 Cramér's V（1946），并作 Bergsma（2013）校正。",
    ),
    "method.sides_correction.title": ("Many tests at once", "多重比较"),
    "method.sides_benjamini_hochberg": (
        "{tests} tests, corrected together (Benjamini and Hochberg 1995): of what is called reliable, 5 % at most are "
        "expected to be chance. The interval must leave out zero, too.",
        "共 {tests} 项检验，合并校正（Benjamini 与 Hochberg，1995）：判为可靠的差异中，预期至多 5% 出于偶然。"
        "同时要求置信区间不含零。",
    ),
    "method.sides_holm": (
        "{tests} tests, corrected together (Holm 1979): the chance that any of what is called reliable is false is 5 % "
        "at most. The interval must leave out zero, too.",
        "共 {tests} 项检验，合并校正（Holm，1979）："
        "判为可靠的差异中出现任何一项误判的概率至多 5%。同时要求置信区间不含零。",
    ),
    "method.sides_small.title": ("Small groups", "小群体"),
    "method.sides_small": (
        "Values that fewer than {threshold} customers of a group have are withheld; below {thin} people on a side a "
        "difference is marked as resting on few.",
        "任一客群中不足 {threshold} 人的取值不予展示；任一方不足 {thin} 人的差异标注“样本少”。",
    ),
}
