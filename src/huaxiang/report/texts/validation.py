"""Texts of how far personas can be trusted: grades, reviews, validations."""

TEXTS = {
    "grade": ("Grade {grade}", "评级 {grade}"),
    "grade.none": ("Not validated", "尚未检验"),
    "grade.review": (
        "{days} days since it was last reviewed; next review {day}",
        "距上次复核 {days} 天；下次复核 {day}",
    ),
    "flag.overdue": ("review overdue", "复核逾期"),
    "flag.drifted": ("drifted", "已漂移"),
    "verdict.holds": ("holds", "成立"),
    "verdict.open": ("open", "存疑"),
    "verdict.refuted": ("refuted", "不成立"),
    "verdict.too_small": ("too small", "样本过少"),
    "verdict.informs": ("for information", "仅供参考"),
    "verdict.unusable": ("unusable", "不可用"),
    "validation.title": ("How far to trust it", "这幅画像有多可信"),
    "validation.of_base": ("How representative our customers are", "客户的代表性"),
    "validation.rule": (
        "The grade is the mean of what could judge the persona – population, survey, truth: A from 0.9, B from 0.75, C "
        "from 0.6, D from 0.4, E below. One kind alone gives B at most; drift and an overdue review cost a letter "
        "each.",
        "评级取各类检验（总体基准、问卷、真实标签）得分的平均：0.9 起为 A，0.75 起为 B，0.6 起为 C，0.4 起为 D，其余为 "
        "E。仅有一类检验时最高为 B；已漂移、复核逾期各降一级。",
    ),
    "validation.against": ("Held against", "检验对象"),
    "validation.verdict": ("Verdict", "判断"),
    "validation.found": ("What it found", "发现"),
    "validation.detail": ("Figure by figure", "逐项明细"),
    "validation.statement": ("Statement", "画像结论"),
    "validation.index": ("Index", "指数"),
    "validation.own": ("Own", "本方"),
    "validation.other": ("Other", "对照"),
    "validation.interval": ("95 % interval", "95% 置信区间"),
    "validation.interval.note": (
        "Intervals are of the difference own − other; of agreement with a survey, of the share itself.",
        "区间为“本方 − 对照”之差的置信区间；问卷认同率则为该比例本身的区间。",
    ),
    "validation.origin": ("Source: {origin}", "来源：{origin}"),
}
