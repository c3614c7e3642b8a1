"""The headline findings in words."""

TEXTS = {
    "finding.concentration": (
        "The best {customers} of customers bring {revenue} of revenue.",
        "消费最高的 {customers} 客户贡献了 {revenue} 的销售额。",
    ),
    "finding.concentration.title": ("Revenue is carried by few", "销售额集中度"),
    "finding.top_group": (
        "“{group}” are {share} of customers and {revenue} of revenue. {action}",
        "“{group}”占客户的 {share}，贡献 {revenue} 的销售额。{action}",
    ),
    "finding.top_group.title": ("Who matters most", "最重要的客群"),
    "finding.risk": (
        "{count} customers ({share}) are “{stages}”; so far they have spent {revenue}.",
        "{count} 位客户（{share}）处于“{stages}”阶段，累计消费 {revenue}。",
    ),
    "finding.risk.title": ("What is at stake", "需要挽留的价值"),
    "finding.not_yet": (
        "{count} known customers ({share}) have not placed a paid order yet.",
        "{count} 位已知客户（{share}）尚未成交。",
    ),
    "finding.not_yet.title": ("Room to grow", "增长空间"),
    "finding.persona.title": ("Who stands out: {persona}", "最鲜明的群体：{persona}"),
    "finding.data": (
        "{used} of the {read} rows read are used; {quarantined} were quarantined, each with its reason.",
        "读取的 {read} 行中有 {used} 被使用；{quarantined} 行被隔离，均已记录原因。",
    ),
    "finding.clean_data": (
        "{used} of the {read} rows read are used; none had to be quarantined.",
        "读取的 {read} 行中有 {used} 被使用，没有任何行需要隔离。",
    ),
    "finding.clean_data.title": ("How far the data carries", "数据可靠程度"),
    "finding.data.title": ("How far the data carries", "数据可靠程度"),
    "finding.coverage": (
        "{count} of {total} tags are known for at least half of all customers.",
        "{total} 个标签中，{count} 个覆盖了半数以上的客户。",
    ),
    "finding.coverage.title": ("How well we know them", "对客户的了解程度"),
    "finding.and": (", ", "、"),
}
