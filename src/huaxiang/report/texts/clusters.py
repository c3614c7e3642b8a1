"""Texts of the groups that a build found by itself."""

TEXTS = {
    "nav.clusters": ("Groups found in the data", "自动发现的分群"),
    "clusters.lead": (
        "Nobody wrote a rule for these groups: the build looked for customers who are alike, and checked on other "
        "samples whether the groups are there.",
        "这些分群没有人写过规则：由系统在数据中寻找相似的客户，并在其他样本上检验这些分群是否真实存在。",
    ),
    "clusters.found": (
        "{count} groups; tags they rest on: {tags}. {placed} of {customers} customers belong to one clearly enough, "
        "the others are in none.",
        "依据 {tags} 个标签发现 {count} 个分群。{customers} 位客户中有 {placed} 位可以明确归类，其余不归入任何一类。",
    ),
    "clusters.found.withheld": (
        "{count} groups; tags they rest on: {tags}.",
        "依据 {tags} 个标签发现 {count} 个分群。",
    ),
    "clusters.refused": ("No groups: {reason}.", "未形成分群：{reason}。"),
    "clusters.refused.hint": (
        "Nothing that rests on them was built. Fewer or other tags may show groups; or there are none, and customers "
        "differ by degrees only.",
        "依赖它们的内容均未构建。可以减少或更换标签后重试；也可能本来就没有明显的分群，客户之间只有程度上的差别。",
    ),
    "clusters.stability": ("Stability", "稳定性"),
    "clusters.stability.range": (
        "{low} to {high} on other samples; {wanted} is wanted",
        "其他样本上为 {low}–{high}；要求不低于 {wanted}",
    ),
    "clusters.placed": ("In a group", "已归类客户"),
    "clusters.chance": ("Left when tags are shuffled", "打乱标签后仍存"),
    "clusters.chance.note": ("of what the groups tell; less is better", "占分群解释力的比例，越低越好"),
    "clusters.agreement": ("Rules right for", "规则判断正确"),
    "clusters.agreement.note": ("of unseen customers, all rules together", "全部规则在未见过的客户上合计"),
    "clusters.recovery": ("Found again", "重现度"),
    "clusters.of": (": ", "："),
    "clusters.traits.all": ("all {share}", "全体 {share}"),
    "clusters.rule": ("As a rule", "对应规则"),
    "clusters.fidelity": (
        "{precision} of those it names belong here; it names {recall} of the group",
        "命中者中 {precision} 属于本群，覆盖本群的 {recall}",
    ),
    "clusters.no_rule": ("No short rule tells this group.", "没有简短的规则可以描述本群。"),
    "clusters.number": ("Number of groups", "分群数"),
    "clusters.criterion": ("Criterion", "准则"),
    "clusters.vote": ("Vote", "投票"),
    "clusters.mark": ("Mark", "达标线"),
    "clusters.tags": ("What was done to each tag", "各标签的处理方式"),
    "clusters.tag": ("Tag", "标签"),
    "clusters.how": ("How", "处理方式"),
    "chart.clusters": ("How the number of groups was chosen: {number}", "分群数如何确定：{number} 个"),
    "chart.clusters.note": (
        "The stronger the colour, the better within a row; framed is the vote. "
        "Taken is the largest number that most of "
        "the lower three criteria find again on other samples, and no larger than what the criteria of fit ask for.",
        "同一行内颜色越浓越好，加框为该准则的投票。"
        "取后三项中多数准则能在其他样本上重现、且不超过拟合类准则所需的最大分群数。",
    ),
}
