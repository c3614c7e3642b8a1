"""Running the examples of a Markdown document, in their order, on a copy of the starter project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from huaxiang.cli.app import app
from huaxiang.project.check import check
from huaxiang.project.read import SECTIONS, read
from huaxiang.project.yaml import parse

ROOT = Path(__file__).parent.parent.parent
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]

NOT_RUN = {"curl", "make", "pip"}
"""Programs that set a machine up, which .ci/run runs, and one that asks a server: the client's examples do."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One example: its language, its text, and the line where it begins."""

    language: str
    text: str
    line: int


def blocks(document: Path) -> Iterator[Block]:
    """The examples of a document, in order."""
    text = document.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        yield Block(match[1], match[2], text[: match.start()].count("\n") + 1)


def run(block: Block, folder: Path, monkeypatch) -> None:
    """Run one example in `folder`; whatever goes wrong is an assertion that shows it."""
    monkeypatch.chdir(folder)
    match block.language:
        case "sh":
            for line in block.text.splitlines():
                _command(shlex.split(line, comments=True), monkeypatch)
        case "python":
            exec(compile(block.text, f"line {block.line}", "exec"), {})
        case "yaml":
            _definition(block.text, folder)
        case _:
            raise AssertionError(f"an example in '{block.language}' can't be run")


def _command(words: list[str], monkeypatch) -> None:
    if not words or words[0] in NOT_RUN:
        return
    if words[0] == "cd":
        monkeypatch.chdir(words[1])
        return
    assert words[0] == "huaxiang", f"'{words[0]}' is no command of ours"
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}"


def _definition(text: str, folder: Path) -> None:
    named = re.match(r"# (\S+\.yml)\n", text)
    if named is None:
        document = parse(text, "example")
        assert not document.findings
        assert set(document.data) <= SECTIONS.keys()
        return
    project = folder if (folder / "huaxiang.yml").is_file() else folder / "tour"
    path = project / named[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    errors = [finding for finding in check(read(project)) if finding.severity == "error"]
    assert not errors, errors
