"""Backups, as a part of the administration: making and verifying them, taking one away, and how one is put back."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.context import viewer
from huaxiang.console.frame import section
from huaxiang.console.parts import states
from huaxiang.console.parts.listed import Listed
from huaxiang.console.parts.table import Column, selectable, table
from huaxiang.console.words import passed_on, say
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk
from huaxiang.service.desk import backups as use

Row = Mapping[str, Any]

MEBIBYTE = 1 << 20


def path_of(file: str) -> str:
    """Where a backup is downloaded from."""
    return f"/backups/{quote(file)}"


class Backups(Listed):
    """The backups that the server keeps."""

    def ask(self, here: Desk) -> Row:
        """What there is."""
        return use.backups(here)

    def draw(self, found: Row) -> None:
        """The list, what may be done with it, and how one is put back."""
        words = say(
            "A backup is one file: the definitions, the snapshot that serves, live messages, users, decisions and the "
            "audit trail. It holds people's data in clear."
        )
        ui.label(words).classes("note")
        if found["database"] == "postgresql":
            ui.label(say("The PostgreSQL database is not in it: pg_dump it right after.")).classes("warn")
        if viewer().may("backups.make"):
            self._making(found["making"])
        if not found["items"]:
            states.empty(say("There is no backup yet."))
        else:
            self._files(found)
        ui.label(say("Kept in {folder}. A backup on another disk outlives this one.", folder=found["folder"])).classes(
            "note"
        )
        if found["others"]:
            words = say(
                "{n} more in this folder bear other names: of other projects, or of this one before it was renamed.",
                n=shown.number(found["others"]),
            )
            ui.label(words).classes("note")
        _restoring(found)

    def _making(self, making: str | None) -> None:
        if making is not None:
            ui.label(say("One is being made ({process}).", process=making)).props("role=status")

        async def make() -> None:
            with _loading(button):
                await self.do(use.make, with_data=bool(data.value), then=_made)

        with ui.element("div").classes("actions"):
            button = ui.button(say("Make a backup"), icon="archive", on_click=make).props("unelevated no-caps")
            button.mark("make-backup")
            data = ui.checkbox(say("Also the files that sources read")).mark("with-data")

    def _files(self, found: Row) -> None:
        taken = viewer().may("backups.download")
        columns = [
            Column("file", say("File"), path=(lambda row: path_of(row["file"])) if taken else None),
            Column("at", say("Made"), shown.moment),
            Column("bytes", say("Size (MiB)"), lambda size: shown.number(size / MEBIBYTE, 1), "right"),
        ]
        listed = table(columns, found["items"], "backups", label=say("Backups"))
        selectable(listed, "single", say("Choose"))
        if taken:
            ui.label(say("A click on the name downloads it; the audit trail says who did.")).classes("note")
        else:
            ui.label(say("Only a privacy officer downloads one, who may see everything in it.")).classes("note")
        with ui.element("div").classes("actions"):
            self._button(listed, found["items"], say("Verify"), self._verify, "verify-backup")
            if viewer().may("backups.make"):
                self._button(listed, found["items"], say("Remove"), self._ask_to_remove, "remove-backup")

    def _button(self, listed: ui.table, rows: list[Row], words: str, act: Callable[[str], Any], mark: str) -> None:
        async def clicked() -> None:
            if not listed.selected:
                ui.notify(say("Choose a backup in the list."), type="warning")
                return
            with _loading(button):
                await act(str(rows[listed.selected[0]["key__"]]["file"]))

        button = ui.button(words, on_click=clicked).props("outline no-caps").mark(mark)

    async def _verify(self, file: str) -> None:
        try:
            found = await states.ask(use.verify, file)
        except HuaxiangError as error:
            ui.notify(passed_on(error), type="negative", timeout=0, close_button=say("Close"))
            return
        words = say(
            "Sound: {files} files of {moment}, written by version {version}.",
            files=shown.number(found["files"]), moment=shown.moment(found["at"]), version=found["version"],
        )  # fmt: skip
        ui.notify(words, type="positive")

    async def _ask_to_remove(self, file: str) -> None:
        with ui.dialog() as dialog, ui.card().classes("dialog"):
            ui.label(say("Remove {file} for good?", file=file)).classes("dialog-title")
            with ui.element("div").classes("actions"):
                ui.button(say("Remove"), on_click=lambda: dialog.submit(True)).props("unelevated no-caps").mark(
                    "remove-now"
                )
                ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
        if await dialog:
            await self.do(use.remove, file)


@contextmanager
def _loading(button: ui.button) -> Iterator[None]:
    """Show that what was clicked is at work, until it has ended in whatever way."""
    button.props("loading")
    try:
        yield
    finally:
        button.props(remove="loading")


def _made(backup: Row) -> None:
    ui.notify(say("The backup is made: {file}", file=backup["file"]), type="positive")


def _restoring(found: Row) -> None:
    """How a backup is put back: by hand, since a server can't take away the ground that it stands on."""
    section(
        say("Putting one back"),
        say(
            "Stop the server first: it can't be exchanged under its own feet. What is in the folder is moved aside, "
            "nothing is deleted, and a damaged backup is refused before anything is touched."
        ),
    )
    file = found["items"][0]["file"] if found["items"] else "BACKUP.tar.gz"
    backup, project = shlex.quote(f"{found['folder']}/{file}"), shlex.quote(found["project"])
    commands = (
        f"huaxiang restore {backup} {project} --force",
        f"huaxiang trail verify {project}",
        f"huaxiang serve {project}",
    )
    with ui.element("pre").classes("panel code"):
        ui.label("\n".join(commands)).mark("restore-commands")
