"""Every message that an error or a finding may carry, read from the source itself as a template with `{places}`.

`raise UsageError(f"There is no tag '{name}'.{hint}")` says the template `There is no tag '{name}'.{hint}`. What a place
may hold is followed to where it comes from – a variable, an argument of all calls, what a function returns – so that
`hint` gives the template `Did you mean '{guess}'?`, and is known as a place that is told in the reader's language, too.
A place in quotes holds somebody's name, which stays as it is.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from elsewhere import ELSEWHERE
from templates import formatted, literal_text, names_of, open_parts, parts_of, places, shape, template_of

import huaxiang
from huaxiang.core.findings import plural

PACKAGE = Path(huaxiang.__file__).parent

NEVER = 99
"""The place of an argument that is given by its name only."""

SAYING: dict[str, dict[str, int]] = {
    "Finding": {"message": 1, "remedy": 3},
    "unknown": {"kind": 0},
    "Scope": {"kind": NEVER},
    "problem": {"detail": 3, "text": 4},
    "error": {"what": 1, "remedy": 2},
    "add": {"reason": NEVER, "detail": NEVER},
    "_refuse": {"reason": 2, "detail": 3, "text": 4},
    "_RefusedError": {"detail": 2},
    "start": {"message": NEVER},
    "change": {"message": NEVER},
    "Ending": {"message": NEVER},
}
"""Calls that tell people something: the parameters that do, each with its place among the arguments."""

SILENT = {"TypeError", "AttributeError", "AssertionError", "KeyError", "CronSimError", "BeyondBuilderError"}
"""Errors that are ours, not told as they are."""

TABLES = {"quality/changes.py": {"KINDS"}, "access/rights.py": {"RIGHTS"}}
"""Tables whose texts go into messages by ways that can't be followed, by file."""

ALWAYS_TOLD = {"error", "reason", "strerror", "msg", "message", "detail", "remedy"} | {
    *("statement", "outcome", "owner", "what", "expected", "label", "type", "wanted", "accepts", "kinds", "kind_names"),
}
"""Names of places that hold another message, wherever it comes from."""

UNCHANGED = {"strip", "rstrip", "lstrip", "capitalize", "lower", "format", "removesuffix", "get"}
"""Methods that give the text, or one of the texts, that they are called on."""

DEEPEST = 12

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = tuple[Function, ...]


@dataclass
class Message:
    """A template, the file that says it, the places that are told as well, and the Chinese that stands beside it."""

    template: str
    file: str
    told: set[str] = field(default_factory=set)
    chinese: str = ""


class Module:
    """One file of the package: what each function binds, calls, raises and returns."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(PACKAGE).as_posix()
        self.functions: list[tuple[Function, Scope]] = []
        self.calls: list[tuple[ast.Call, Scope]] = []
        self.raised: list[tuple[ast.Call, Scope]] = []
        self.bound: dict[Function | None, dict[str, list[ast.expr]]] = defaultdict(lambda: defaultdict(list))
        self.returned: dict[Function | None, list[ast.expr]] = defaultdict(list)
        self._walk(ast.parse(path.read_text(encoding="utf-8")), ())

    def _walk(self, node: ast.AST, scope: Scope) -> None:
        here = scope[-1] if scope else None
        for child in ast.iter_child_nodes(node):
            for name, value in _bindings(child):
                self.bound[here][name].append(value)
            match child:
                case ast.Constant() | ast.Name() | ast.expr_context():
                    continue
                case ast.Call():
                    self.calls.append((child, scope))
                case ast.Raise(exc=ast.Call() as error):
                    self.raised.append((error, scope))
                case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                    self.returned[here].append(value)
                    match value:
                        case ast.Call(func=ast.Name(id=name)) if name.endswith("Error"):  # raised by the caller
                            self.raised.append((value, scope))
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.functions.append((child, scope))
                    self._walk(child, (*scope, child))
                    continue
            self._walk(child, scope)


class Spoken:
    """The messages of the package by their shape: two templates that differ in the names of places only are one."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self._functions: dict[str, list[tuple[Module, Function, Scope]]] = defaultdict(list)
        self._calls: dict[str, list[tuple[Module, ast.Call, Scope]]] = defaultdict(list)
        self._said: dict[int, bool] = {}
        self.modules = [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
        for module in self.modules:
            for function, scope in module.functions:
                self._functions[function.name].append((module, function, scope))
            for call, scope in module.calls:
                self._calls[called(call)].append((module, call, scope))
        for module in self.modules:
            self._read(module)
        for template in ELSEWHERE:
            self._note(Message(template, "…", _always_told(template)))

    def _read(self, module: Module) -> None:
        """Note what the errors, the findings and the tables of a file say."""
        for error, scope in module.raised:
            for argument in _raised(error):
                self._follow(argument, module, scope)
        for call, scope in module.calls:
            for name, argument in arguments(call, SAYING.get(called(call), {})).items():
                self._follow(argument, module, scope)
                if name == "kind" and isinstance(argument, ast.Constant):  # `unknown` lists those that there are
                    self._note(Message(plural(str(argument.value)), module.name))
        for table in TABLES.get(module.name, ()):
            for value in module.bound[None][table]:
                self._pairs_within(value, module)

    def _follow(self, node: ast.expr, module: Module, scope: Scope, depth: int = 0) -> bool:
        """Note what an expression may say; whether that is anything to translate."""
        if id(node) not in self._said and depth <= DEEPEST:
            self._said[id(node)] = False
            parts = parts_of(node)
            if parts is not None:
                self._said[id(node)] = self._put_together(parts, module, scope, depth + 1)
            else:
                sources = list(self._sources(node, module, scope))
                found = [self._follow(value, where, around, depth + 1) for value, where, around in sources]
                self._said[id(node)] = any(found) or self._is_pair(node, module)
        return self._said.get(id(node), False)

    def _put_together(self, parts: list[ast.expr], module: Module, scope: Scope, depth: int) -> bool:
        template, names = template_of(parts).strip(), names_of(parts)
        told = {names[ast.dump(part)] for part in open_parts(parts) if self._follow(part, module, scope, depth)}
        return self._note(Message(template, module.name, told | _always_told(template)))

    def _note(self, message: Message) -> bool:
        """Keep a message; whether there is anything to translate in it."""
        if not is_text(message):
            return bool(message.told)
        former = self.messages.setdefault(shape(message.template), message)
        both = zip(places(former.template), places(message.template), strict=True)
        former.told |= {name for name, same in both if same in message.told}
        former.chinese = former.chinese or message.chinese
        return True

    def _is_pair(self, node: ast.expr, module: Module) -> bool:
        """Note a `Text`, or another call with a text in English and Chinese, which brings its Chinese with it."""
        if not isinstance(node, ast.Call):
            return False
        texts = [formatted(argument) for argument in node.args]
        for english, chinese in pairwise(texts):
            if english and is_chinese(chinese) and not is_chinese(english):
                same = set(places(english)) == set(places(chinese))
                return self._note(Message(english, module.name, _always_told(english), chinese if same else ""))
        return False

    def _pairs_within(self, table: ast.expr, module: Module) -> None:
        for node in ast.walk(table):
            if isinstance(node, ast.Call):
                self._is_pair(node, module)

    def _sources(self, node: ast.expr, module: Module, scope: Scope) -> Iterator[tuple[ast.expr, Module, Scope]]:
        """Where the value of an expression comes from."""
        match node:
            case ast.Name(id=name):
                yield from self._named(name, module, scope)
            case ast.Call() if not _passed_on(node, module):
                for where, function, around in self._own(self._functions[called(node)], called(node), module)[:1]:
                    yield from ((value, where, (*around, function)) for value in where.returned[function])
            case _:
                yield from ((value, module, scope) for value in _passed_on(node, module))

    def _named(self, name: str, module: Module, scope: Scope) -> Iterator[tuple[ast.expr, Module, Scope]]:
        """What a name may stand for: what is assigned to it, and what calls give for it."""
        for end in range(len(scope), 0, -1):
            function = scope[end - 1]
            assigned = module.bound[function].get(name, [])
            yield from ((value, module, scope[:end]) for value in assigned)
            parameters = _parameters(function)
            if name in parameters:
                for where, call, around in self._own(self._calls[function.name], function.name, module):
                    given = arguments(call, {name: parameters.index(name)})
                    yield from ((value, where, around) for value in given.values())
            if assigned or name in parameters:
                return
        yield from ((value, module, ()) for value in module.bound[None].get(name, []))

    def _own(self, found: list[Any], name: str, module: Module) -> list[Any]:
        """Of functions or calls of one name: all where only one function has it, else those of the file."""
        alone = len(self._functions[name]) == 1
        return found if alone else [each for each in found if each[0] is module and name != "__init__"]


@cache
def spoken() -> Spoken:
    """What the package says."""
    return Spoken()


def called(call: ast.Call) -> str:
    """The name of what is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def arguments(call: ast.Call, parameters: dict[str, int]) -> dict[str, ast.expr]:
    """What a call gives for some parameters, each with its place among the arguments."""
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in parameters}
    placed = {name: call.args[place] for name, place in parameters.items() if place < len(call.args)}
    return placed | {str(name): value for name, value in named.items()}


def is_chinese(text: str) -> bool:
    """Whether a text has a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def is_text(message: Message) -> bool:
    """Whether there is anything to translate: words or a name in quotes, and no name of code such as `received_at`."""
    text = literal_text(message.template).strip()
    if places(message.template):
        letters = sum(map(str.isalpha, text))
        return letters > 1 or shape(message.template) == "'\0'" or bool(message.told and text and not letters)
    return " " in text or (text.isalpha() and not text.isupper())


def _always_told(template: str) -> set[str]:
    return {name for name in places(template) if name.rstrip("0123456789") in ALWAYS_TOLD}


def _raised(error: ast.Call) -> list[ast.expr]:
    name = called(error)
    told = name.endswith("Error") and name not in SILENT and name not in SAYING
    return [each for each in error.args if told and not isinstance(each, ast.List | ast.Tuple)]


def _passed_on(node: ast.expr, module: Module) -> list[ast.expr]:
    """The expressions whose value an expression passes on as it is."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return elts
        case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
            return [elt]
        case ast.Starred(value=value) | ast.NamedExpr(value=value):
            return [value]
        case ast.Attribute(value=ast.Name(id=name), attr="en" | "zh") | ast.Subscript(value=ast.Name(id=name)):
            return module.bound[None].get(name, [])
        case ast.Call(func=ast.Attribute(attr="join"), args=[values]):
            return [values]
        case ast.Call(func=ast.Attribute(value=value), args=given) if called(node) in UNCHANGED:
            return [value, *(given[1:] if called(node) == "get" else [])]
        case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "reversed"), args=[value, *_]):
            return [value]
    return []


def _parameters(function: Function) -> list[str]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement binds, each with a value that it may have."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _unpacked(target, value)
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield from _unpacked(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _unpacked(target, value)
        case ast.For(target=target, iter=ast.Tuple(elts=rows) | ast.List(elts=rows)):
            for row in rows:
                yield from _unpacked(target, row)
        case ast.For(target=ast.Name(id=name), iter=values) | ast.comprehension(target=ast.Name(id=name), iter=values):
            yield name, values


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case _, ast.IfExp(body=body, orelse=orelse):
            yield from _unpacked(target, body)
            yield from _unpacked(target, orelse)
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            for one, other in zip(names, values, strict=True):
                yield from _unpacked(one, other)
        case ast.Tuple(elts=names), ast.Subscript() | ast.Call():
            for one in names:
                yield from _unpacked(one, value)
