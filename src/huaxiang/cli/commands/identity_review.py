"""`huaxiang identity review`: the pairs that matching is not sure of, and a person's yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huaxiang.cli import decision_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.commands.identity_decide import By, Reason
from huaxiang.cli.language import help_text
from huaxiang.core.errors import UsageError
from huaxiang.core.text import Text

if TYPE_CHECKING:
    from huaxiang.service.identities import Identities

Accept = Annotated[
    int | None,
    typer.Option("--accept", metavar="N", help=help_text("Pair N is one person.", "第 N 对是同一人。")),
]
Reject = Annotated[
    int | None,
    typer.Option("--reject", metavar="N", help=help_text("Pair N is two people.", "第 N 对是两个人。")),
]
Ask = Annotated[
    bool,
    typer.Option(
        "--ask",
        help=help_text(
            "Go through the pairs and ask about each: yes, no, skip, quit.", "逐对询问：是、否、跳过、退出。"
        ),
    ),
]

_ANSWERS = ("yes", "no", "skip", "quit")
_QUESTION = Text("One person? yes, no, skip, quit", "是同一人吗？yes 是、no 否、skip 跳过、quit 退出")
_COUNT = Text(
    "{accepted} accepted, {rejected} rejected, {left} left.", "确认 {accepted} 对，否定 {rejected} 对，剩余 {left} 对。"
)


def register(group: typer.Typer) -> None:
    """Add the command."""

    @command(
        group,
        "review",
        "List the pairs that matching is not sure of; accept or reject them.",
        "列出模糊匹配没有把握的记录对，并逐一确认或否定。",
    )
    def review(
        accept: Accept = None,
        reject: Reject = None,
        ask: Ask = False,
        why: Reason = "",
        by: By = None,
        folder: Folder = HERE,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        if [accept is not None, reject is not None, ask].count(True) > 1:
            raise UsageError("Use one of --accept, --reject and --ask at a time.")
        identity = load(folder).identity
        if accept is not None:
            decision_shapes.decided(output(), identity.accept(accept, why=why, by=by), folder, as_json=as_json)
        elif reject is not None:
            decision_shapes.decided(output(), identity.reject(reject, why=why, by=by), folder, as_json=as_json)
        elif ask:
            _ask(identity, why, by, folder)
        elif as_json:
            output().json({"pairs": identity.review()})
        else:
            decision_shapes.pairs(output(), identity.review())


def _ask(identity: Identities, why: str, by: str | None, folder: Path) -> None:
    out, pairs = output(), identity.review()
    answers: Mapping[str, Any] = {"yes": identity.accept, "no": identity.reject}
    count = dict.fromkeys(answers, 0)
    for pair in pairs:
        decision_shapes.pair(out, pair)
        answer = _answered(_QUESTION[out.language])
        if answer == "quit":
            break
        if answer in answers:
            answers[answer](pair["number"], why=why, by=by)
            count[answer] += 1
    out.line(_COUNT, accepted=count["yes"], rejected=count["no"], left=len(pairs) - sum(count.values()))
    if any(count.values()):
        decision_shapes.effective(out, folder)


def _answered(question: str) -> str:
    """Ask until the answer is the beginning of one of `_ANSWERS`; who closes the terminal quits."""
    while True:
        try:
            text = typer.prompt(question).strip().lower()
        except typer.Abort:
            return "quit"
        found = [answer for answer in _ANSWERS if answer.startswith(text)]
        if len(found) == 1:
            return found[0]
