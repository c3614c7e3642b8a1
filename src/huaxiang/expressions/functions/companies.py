"""Companies as people write them: names, numbers, and what somebody does there."""

from __future__ import annotations

import re

from huaxiang.expressions.functions.spellings import WIDTH

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
"""GB 32100-2015: the weight of the n-th sign is 3ⁿ modulo 31."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_PUNCTUATION = re.compile(r"[()\[\]{}<>《》〈〉【】〔〕「」『』\"'“”‘’,，.。、;:：·•・_/\\|-]+")
_BRANCH = re.compile(
    r"^(?P<head>.*(?:公司|集团|银行|厂|店|院|所|中心|社))[\u4e00-\u9fff]{0,16}?"
    r"(?:分公司|分行|支行|分理处|办事处|代表处|分店|分厂|分部|分院|分所|分社|营业部|事业部)$"
)
_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限合伙企业|有限公司|责任公司|股份公司|总公司|公司|企业集团|集团|株式会社|有限合伙)$"
)
_WESTERN_FORM = re.compile(
    r"(?:(?<=\s)|^)(?:and company|& co|co ltd|company limited|pty ltd|pte ltd|sdn bhd|co|ltd|limited|inc|incorporated|corp|"
    r"corporation|company|llc|llp|lp|plc|gmbh|ag|kg|sa|sas|sarl|srl|spa|bv|nv|ab|oy|as|kk|pty|pte|bhd|group|holdings?)$"
)
_WESTERN_BRANCH = re.compile(r"\s+(?:\S+\s+)?(?:branch|branch office|representative office)$")

ROLES: dict[str, tuple[str, ...]] = {
    "decision_maker": (
        "decision_maker", "decision maker", "decisionmaker", "decision", "economic buyer", "owner", "founder", "cofounder",
        "ceo", "cto", "cfo", "coo", "cio", "president", "vp", "vice president", "director", "managing director", "gm",
        "general manager", "partner", "boss", "executive", "决策者", "决策人", "拍板人", "负责人", "老板", "法人", "法人代表",
        "法定代表人", "董事长", "董事", "总裁", "副总裁", "总经理", "副总经理", "总监", "创始人", "合伙人", "一把手", "厂长", "院长",
        "店主", "业主",
    ),
    "payer": (
        "payer", "buyer", "purchaser", "purchasing", "procurement", "finance", "accountant", "accounting", "accounts payable",
        "billing", "billing contact", "treasurer", "付款人", "付款方", "付费者", "买单人", "采购", "采购员", "采购经理", "采购人",
        "采购负责人", "财务", "财务经理", "会计", "出纳", "开票人", "结算人",
    ),
    "evaluator": (
        "evaluator", "influencer", "technical buyer", "technical", "technical contact", "it", "architect", "consultant",
        "reviewer", "champion", "gatekeeper", "recommender", "评估人", "评估者", "选型", "选型人", "技术", "技术负责人", "技术经理",
        "影响者", "推荐人", "把关人", "评审", "评审人", "顾问", "架构师", "参谋",
    ),
    "user": (
        "user", "end user", "end-user", "operator", "employee", "staff", "使用者", "使用人", "用户", "最终用户", "终端用户",
        "操作员", "员工", "职员", "实际使用人",
    ),
}  # fmt: skip
"""The roles of a contact, the weightiest first, with the words in use for each."""

_ROLE_OF = {word: role for role, words in ROLES.items() for word in words}


def tax_id(text: str) -> str | None:
    """A unified social credit code of 18 signs whose last sign is right; None for anything else."""
    word = re.sub(r"[\s-]", "", text.translate(WIDTH)).upper()
    if len(word) != 18 or any(sign not in _SIGNS for sign in word):
        return None
    total = sum(_SIGNS.index(sign) * weight for sign, weight in zip(word[:17], _WEIGHTS, strict=True))
    return word if _SIGNS[-total % 31] == word[17] else None


def company(text: str) -> str | None:
    """What all spellings of a company's name share: 华为技术 for 华为技术有限公司深圳分公司, acme for ACME Co., Ltd.

    Without legal form, branch, signs and capitals. Nothing is taken that would leave nothing.
    """
    word = _plain(text)
    while (shorter := _shorter(word)) and shorter != word:
        word = shorter
    return word or None


def account_role(text: str) -> str | None:
    """The role that a word names: decision_maker, payer, evaluator, user; None where it names none."""
    word = " ".join(text.translate(WIDTH).lower().replace(".", "").split())
    return _ROLE_OF.get(word) or _ROLE_OF.get(word.replace("_", " ").replace("-", " "))


def _plain(text: str) -> str:
    word = _PUNCTUATION.sub(" ", text.translate(WIDTH).lower())
    words = word.split()
    return ("" if _HAN.search(word) else " ").join(words)


def _shorter(word: str) -> str:
    """The word without one more ending."""
    branch = _BRANCH.match(word)
    if branch:
        return branch["head"]
    for ending in (_FORM, _WESTERN_BRANCH, _WESTERN_FORM):
        shorter = ending.sub("", word).strip()
        if shorter not in ("", word):
            return shorter
    return word
