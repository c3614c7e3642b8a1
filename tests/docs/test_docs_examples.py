"""Every example of README and guides is run."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from docs_server import served_examples
from documents import GUIDES, READMES, blocks, run

from huaxiang.project.init import init


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """The starter project with one build."""
    import huaxiang as hx

    folder = tmp_path_factory.mktemp("docs") / "tour"
    init(folder)
    hx.load(folder).build().close()
    return folder


@pytest.mark.slow
def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch):
    for block in blocks(READMES[0]):
        run(block, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.stem)
def test_the_examples_of_the_guides_run(document: Path, built: Path, tmp_path: Path, monkeypatch):
    folder = tmp_path / "tour"
    shutil.copytree(built, folder)
    with served_examples(folder, monkeypatch) if document.stem == "api" else nullcontext():
        for block in blocks(document):
            run(block, folder, monkeypatch)


def test_both_readmes_have_the_same_examples():
    english, chinese = ([(b.language, _code(b.text)) for b in blocks(document)] for document in READMES)
    assert english == chinese


def _code(text: str) -> str:
    """An example without comments and languages, which differ."""
    lines = (
        line.split("#")[0].strip().replace("--language en", "").replace("--language zh", "")
        for line in text.splitlines()
    )
    return "\n".join(lines)
