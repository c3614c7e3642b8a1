"""Administration: users, keys, roles, the audit trail, backups; and everybody's own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from huaxiang.console import codes, context, shown
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.pages.backups import Backups
from huaxiang.console.parts import states
from huaxiang.console.parts.listed import Listed
from huaxiang.console.parts.table import Column, selectable, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk
from huaxiang.service.desk import people as use
from huaxiang.service.desk import trail as trail_use

Row = Mapping[str, Any]

ENTRIES = 200
"""Entries of the trail that are shown at once."""


@page("/admin", later("Administration"), "/admin")
async def admin_page(tab: str = "") -> None:
    """What the reader may manage or watch."""
    heading(say("Administration"))
    tabs: dict[str, tuple[str, Callable[[], Any]]] = {}
    if viewer().may("users.manage"):
        tabs["users"] = (say("Users"), _Users)
        tabs["keys"] = (say("Keys"), _Keys)
        tabs["roles"] = (say("Roles"), lambda: states.fill(use.roles, _roles, height="20rem"))
    if viewer().may("trail.read"):
        tabs["trail"] = (say("Audit trail"), _Trail)
    if viewer().may("backups.read"):
        tabs["backups"] = (say("Backups"), Backups)
    if not tabs:
        states.empty(say("You may not see this."))
        return
    tabbed(tabs, tab)


def _role_options() -> dict[str, str]:
    from huaxiang.access.rights import ROLES

    return {role: codes.role_called(role) for role in ROLES}


class _Users(Listed):
    """Everybody who may sign in."""

    def ask(self, here: Desk) -> list[dict[str, Any]]:
        return use.users(here)

    def draw(self, found: list[dict[str, Any]]) -> None:
        roles = _role_options()
        columns = [
            Column("name", say("Name")),
            Column("email", say("E-mail")),
            Column("role", say("Role"), codes.role_called),
            Column("state", say("State"), codes.called(codes.USERS)),
            Column("created", say("Since"), shown.moment),
        ]
        listed = table(columns, found, "users", label=say("Users"))
        selectable(listed, "single", say("Choose"))

        def chosen() -> str | None:
            if not listed.selected:
                ui.notify(say("Choose somebody in the list."), type="warning")
                return None
            return str(found[listed.selected[0]["key__"]]["name"])

        with ui.element("div").classes("actions"):
            role = (
                ui.select(roles, value="viewer", label=say("Role")).props("outlined dense options-dense").mark("role")
            )
            self._button(
                say("Give this role"), chosen, lambda name: self.do(use.set_role, name, role.value), "set-role"
            )
            self._button(say("Disable"), chosen, lambda name: self.do(use.disable, name), "disable")
            self._button(say("Enable"), chosen, lambda name: self.do(use.enable, name), "enable")
            self._button(say("New link"), chosen, self._reset, "reset")
        section(say("Invite somebody"))
        with ui.element("div").classes("actions"):
            name = ui.input(say("Name")).props("outlined dense").mark("new-name")
            email = ui.input(say("E-mail")).props("outlined dense").mark("new-email")
            new_role = ui.select(roles, value="viewer", label=say("Role")).props("outlined dense options-dense")

            async def invite() -> None:
                await self.do(use.invite, name.value or "", new_role.value, email.value or None, then=_link)

            ui.button(say("Invite"), on_click=invite).props("unelevated no-caps").mark("invite")

    def _button(self, words: str, chosen: Callable[[], str | None], act: Any, mark: str) -> None:
        async def clicked() -> None:
            name = chosen()
            if name is not None:
                await act(name)

        ui.button(words, on_click=clicked).props("outline no-caps").mark(mark)

    async def _reset(self, name: str) -> None:
        await self.do(use.reset, name, then=_link)


def _link(invited: Row) -> None:
    _secret(say("Hand this link to {name}; it works once.", name=invited["name"]), invited["link"])


class _Keys(Listed):
    """The keys of programs."""

    def ask(self, here: Desk) -> list[dict[str, Any]]:
        return use.keys(here)

    def draw(self, found: list[dict[str, Any]]) -> None:
        roles = _role_options()
        columns = [
            Column("public", say("Key")),
            Column("label", say("For")),
            Column("role", say("Role"), codes.role_called),
            Column("scopes", say("Rights"), lambda scopes: ", ".join(scopes) if scopes else say("all of the role")),
            Column("clearance", say("Sees up to")),
            Column("source", say("Live source")),
            Column("expires", say("Expires"), shown.moment),
            Column("used", say("Last used"), shown.moment),
            Column("state", say("State"), codes.called(codes.KEYS)),
        ]
        listed = table(columns, found, "keys", label=say("Keys"))
        selectable(listed, "single", say("Choose"))

        async def revoke() -> None:
            for row in list(listed.selected):
                await self.do(use.revoke_key, found[row["key__"]]["public"])

        ui.button(say("Revoke"), on_click=revoke).props("outline no-caps").mark("revoke")
        section(say("Make a key"))
        with ui.element("div").classes("actions"):
            label = ui.input(say("For")).props("outlined dense").mark("key-label")
            role = ui.select(roles, value="viewer", label=say("Role")).props("outlined dense options-dense")
            days = ui.number(say("Days"), value=365, min=1, max=3650).props("outlined dense")

            async def add() -> None:
                await self.do(use.add_key, label.value or "", role.value, days=int(days.value or 365), then=_key)

            ui.button(say("Make"), on_click=add).props("unelevated no-caps").mark("add-key")


def _key(made: Row) -> None:
    _secret(say("This key is shown once. Keep it now."), made["secret"])


def _secret(words: str, secret: str) -> None:
    with ui.dialog().props("persistent") as dialog, ui.card().classes("dialog"):
        ui.label(words)
        ui.input(value=secret).props("outlined dense readonly").classes("code").mark("secret")
        ui.button(say("Close"), on_click=dialog.close).props("unelevated no-caps").mark("close-secret")
    dialog.open()


def _roles(rows: Sequence[Row]) -> None:
    from huaxiang.access.rights import RIGHTS

    def written(found: str | bool) -> str:
        return found if isinstance(found, str) else "✓" if found else shown.NOTHING

    columns = [Column("right", say("Right")), *(Column(row["role"], told(row), written) for row in rows)]
    drawn: list[Row] = [{"right": say("Sees values up to"), **{row["role"]: row["clearance"] for row in rows}}]
    drawn += [
        {"right": told({"label": RIGHTS[name].label.as_dict()}), **{row["role"]: row["rights"][name] for row in rows}}
        for name in rows[0]["rights"]
    ]
    table(columns, drawn, "roles", label=say("Roles"), page=100)


class _Trail(Listed):
    """Who did what, the latest first."""

    def __init__(self) -> None:
        with ui.element("div").classes("actions"):
            self._actor = ui.input(say("Who")).props("outlined dense clearable").mark("trail-actor")
            self._subject = ui.input(say("What about")).props("outlined dense clearable").mark("trail-subject")
            self._since = ui.input(say("Since")).props("outlined dense type=date")
            ui.button(say("Find"), icon="search", on_click=self.load).props("unelevated no-caps").mark("trail-find")
            ui.button(say("Verify"), icon="verified", on_click=self._verify).props("outline no-caps").mark("verify")
        super().__init__()

    def ask(self, here: Desk) -> list[dict[str, Any]]:
        wanted = trail_use.sought(
            here, since=self._since.value or None, actor=self._actor.value or None, subject=self._subject.value or None
        )
        return trail_use.entries(here, wanted, ENTRIES)

    def draw(self, found: list[dict[str, Any]]) -> None:
        columns = [
            Column("number", say("No."), align="right"),
            Column("at", say("When"), shown.moment),
            Column("actor", say("Who")),
            Column("role", say("Role"), codes.role_called),
            Column("via", say("Through"), codes.called(codes.WAYS)),
            Column("action", say("Did"), codes.action_called),
            Column("subject", say("What about")),
            Column("outcome", say("Outcome"), codes.called(codes.OUTCOMES)),
            Column("address", say("From")),
            Column("detail", say("Detail"), _detail, sortable=False),
        ]
        table(columns, found, "audit-trail", label=say("Audit trail"), page=50)
        note = say("The latest {n} that fit; the file has all.", n=ENTRIES)
        with ui.element("div").classes("actions"):
            ui.button(say("All entries as CSV"), icon="download", on_click=self._all).props("outline no-caps").mark(
                "trail-export"
            )
            ui.label(note).classes("note")

    def _all(self) -> None:
        fields = {"since": self._since, "actor": self._actor, "subject": self._subject}
        asked = urlencode({name: field.value or "" for name, field in fields.items()})
        ui.download.from_url(f"/downloads/audit-trail.csv?{asked}")

    async def _verify(self) -> None:
        try:
            found = await states.ask(trail_use.verify)
        except HuaxiangError as error:
            ui.notify(passed_on(error), type="negative")
            return
        if found["sound"]:
            ui.notify(say("All {n} entries are as they were written.", n=found["entries"]), type="positive")
        else:
            ui.notify(say("Entry {n} was changed: {why}", n=found["broken"], why=found["why"]), type="negative")


def _detail(detail: Mapping[str, Any]) -> str:
    """What an entry says besides: a definition before and after, why something was refused."""
    return " · ".join(f"{key}: {shown.value(value)}" for key, value in detail.items())


@page("/account", later("My account"), "/")
async def account_page() -> None:
    """The reader's own account: who they are here, and another password."""
    heading(viewer().name, note=codes.role_called(viewer().role))
    section(say("Another password"))
    with ui.element("div").classes("form"):
        old = ui.input(say("Present password"), password=True).props("outlined dense autocomplete=current-password")
        new = ui.input(say("New password"), password=True).props("outlined dense autocomplete=new-password")
        again = ui.input(say("New password again"), password=True).props("outlined dense autocomplete=new-password")
    old.mark("old-password")
    new.mark("new-password")
    again.mark("new-password-again")

    async def change() -> None:
        if new.value != again.value:
            ui.notify(say("The new passwords differ."), type="warning")
            return
        token = ui.context.client.request.cookies.get(context.COOKIE, "")
        try:
            await states.ask(use.change_password, token, old.value or "", new.value or "")
        except HuaxiangError as error:
            ui.notify(passed_on(error), type="negative")
            return
        ui.notify(say("The password was changed."), type="positive")

    async def out() -> None:
        await states.ask(use.sign_out_everywhere)
        ui.navigate.to("/sign-in")

    with ui.element("div").classes("actions"):
        ui.button(say("Change"), on_click=change).props("unelevated no-caps").mark("change-password")
        ui.button(say("Sign out everywhere"), on_click=out).props("outline no-caps").mark("out-everywhere")
