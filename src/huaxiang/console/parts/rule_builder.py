"""The rule builder: groups of conditions within groups, redrawn as they are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from huaxiang.console.rule_reading import DEEPEST
from huaxiang.console.rules import OPERATORS, OPERATORS_OF, Condition, Group, Kind
from huaxiang.console.words import say


@dataclass(frozen=True)
class Choice:
    """Something that a condition may be about: a tag or a segment, with the texts of its values where it has some."""

    name: str
    label: str
    kind: Kind
    values: Mapping[str, str] = field(default_factory=dict)


class RuleBuilder:
    """Lets people put `rule` together of `choices`; calls `changed` after every change."""

    def __init__(self, choices: Mapping[str, Choice], changed: Callable[[], Any]) -> None:
        self.rule = Group(parts=[Condition()])
        self._choices, self._changed = choices, changed
        self._options = {name: choice.label for name, choice in choices.items()}
        self._place = ui.element("div").classes("rule").mark("rule")
        self._draw()

    def show(self, rule: Group | None) -> None:
        """Show another rule, which `changed` is not called for; None: nothing, until the next one is shown."""
        self._place.set_visibility(rule is not None)
        self.rule = rule or Group(parts=[Condition()])
        self._draw()

    def _draw(self) -> None:
        self._place.clear()
        with self._place:
            self._group(self.rule, None, 1)

    def _redraw(self) -> None:
        self._draw()
        self._changed()

    def _group(self, group: Group, parent: Group | None, depth: int) -> None:
        with ui.element("div").classes("rule-group").props("role=group") as box:
            box.props["aria-label"] = say("Group of conditions")
            with ui.element("div").classes("rule-head"):
                joined = {"and": say("all of these hold"), "or": say("any of these holds")}
                select = ui.select(joined, value=group.joined).props("dense borderless options-dense")
                select.props["aria-label"] = say("How the conditions are joined")
                select.on_value_change(lambda event: self._set(group, "joined", event.value))
                turned = ui.checkbox(say("turned round"), value=group.negated).props("dense")
                turned.on_value_change(lambda event: self._set(group, "negated", event.value))
                if parent is not None:
                    self._remove(parent, group)
            for part in list(group.parts):
                if isinstance(part, Group):
                    self._group(part, group, depth + 1)
                else:
                    self._condition(part, group)
            with ui.element("div").classes("rule-foot"):
                self._add(say("Condition"), lambda: group.parts.append(Condition())).mark(f"add-condition-{depth}")
                if depth < DEEPEST:
                    inner = Group("or" if group.joined == "and" else "and")
                    inner.parts.append(Condition())
                    self._add(say("Group"), lambda: group.parts.append(inner)).mark(f"add-group-{depth}")

    def _condition(self, condition: Condition, group: Group) -> None:
        with ui.element("div").classes("rule-condition"):
            about = ui.select(self._options, value=condition.name or None, with_input=True, label=say("Tag or segment"))
            about.props("dense outlined options-dense").classes("rule-about").mark("about")
            # Only what hangs on a choice is drawn anew: the focus stays where somebody chose.
            rest = ui.element("div").classes("rule-rest")
            about.on_value_change(lambda event: self._about(condition, event.value, rest))
            self._rest(condition, rest)
            self._remove(group, condition)

    def _rest(self, condition: Condition, place: ui.element) -> None:
        place.clear()
        if not condition.name:
            return
        with place:
            offered = {key: say(OPERATORS[key].label) for key in OPERATORS_OF[condition.kind]}
            how = ui.select(offered, value=condition.operator).props("dense outlined options-dense")
            how.props["aria-label"] = say("Comparison")
            how.classes("rule-how").mark("how")
            values = ui.element("div").classes("rule-rest")
            how.on_value_change(lambda event: self._operator(condition, event.value, values))
            with values:
                self._values(condition)

    def _values(self, condition: Condition) -> None:
        operator = OPERATORS[condition.operator]
        known = self._choices[condition.name].values
        if operator.values is None:
            # People may choose of what there is, or type what there is not.
            options = dict(known) | {value: known.get(value, value) for value in condition.values}
            chosen = ui.select(
                options, value=list(condition.values), multiple=True, with_input=True, label=say("Values"),
                new_value_mode=None if known else "add-unique",
            )  # fmt: skip
            chosen.props("dense outlined use-chips options-dense").classes("rule-value").mark("values")
            chosen.on_value_change(lambda event: self._set(condition, "values", list(event.value or ())))
            return
        for at in range(operator.values):
            self._value(condition, at, known)

    def _value(self, condition: Condition, at: int, known: Mapping[str, str]) -> None:
        value = condition.values[at] if at < len(condition.values) else ""

        def put(event: Any) -> None:
            condition.values += [""] * (at + 1 - len(condition.values))
            condition.values[at] = str(event.value or "")
            self._changed()

        if self._chosen_of_known(condition):
            field: ui.select | ui.input = ui.select(
                dict(known), value=value if value in known else None, with_input=True
            )
            field.props("dense outlined options-dense")
        elif condition.kind == "date":
            field = ui.input(value=value).props("dense outlined type=date")
        else:
            mode = "inputmode=decimal" if condition.kind == "number" else ""
            field = ui.input(value=value).props(f"dense outlined {mode}")
        field.props["aria-label"] = say("Value")
        field.classes("rule-value").mark(f"value-{at}")
        field.on_value_change(put)

    def _about(self, condition: Condition, name: str | None, rest: ui.element) -> None:
        condition.name = name or ""
        condition.values = []
        if name:
            condition.kind = self._choices[name].kind
            condition.operator = OPERATORS_OF[condition.kind][0]
        self._rest(condition, rest)
        self._changed()

    def _operator(self, condition: Condition, operator: str, values: ui.element) -> None:
        before = self._fields(condition)
        condition.operator = operator
        if self._fields(condition) != before:  # else what somebody is typing stays
            values.clear()
            with values:
                self._values(condition)
        self._changed()

    def _fields(self, condition: Condition) -> tuple[int | None, bool]:
        """How many values are asked for, and whether they are chosen of known ones."""
        return OPERATORS[condition.operator].values, self._chosen_of_known(condition)

    def _chosen_of_known(self, condition: Condition) -> bool:
        return bool(self._choices[condition.name].values) and condition.operator in ("is", "is_not")

    def _set(self, part: Group | Condition, name: str, value: Any) -> None:
        setattr(part, name, value)
        self._changed()

    def _add(self, words: str, add: Callable[[], None]) -> ui.button:
        def act() -> None:
            add()
            self._redraw()

        return ui.button(words, icon="add", on_click=act).props("flat dense no-caps size=sm")

    def _remove(self, group: Group, part: Group | Condition) -> None:
        def act() -> None:
            group.parts[:] = [each for each in group.parts if each is not part]
            self._redraw()

        button = ui.button(icon="close", on_click=act).props("flat round dense size=sm").classes("rule-remove")
        button.props["aria-label"] = say("Remove")
