"""Statements and whole functions as source text, drawn from Hypothesis."""

from __future__ import annotations

from typing import Any, Callable, List

from .expressions import Expressions, Scope

__all__ = ["Statements"]

_EXCEPTIONS = (
    "E1",
    "E2",
    "E3",
    "ValueError",
    "KeyError",
    "(E2, KeyError)",
    "Exception",
    "TypeError",
)
_NAMES = ("a", "b", "c", "d", "e")
_RAISED = (
    "E1(1)",
    "E2",
    "E3('x')",
    "E1(2) from E2(3)",
    "E2(4) from None",
    "KeyError",
    "ValueError('v')",
)

Lines = List[str]


def indented(lines: Lines) -> Lines:
    """One level deeper."""
    return [f"    {line}" for line in lines]


class Statements(Expressions):
    """A writer of blocks. ``left`` counts down what may still be written."""

    def __init__(self, draw: Callable[[Any], Any], level: int, size: int) -> None:
        super().__init__(draw, level)
        self.left = size
        self.depth = 0
        #: how many handlers are around
        self.handlers = 0

    # -- blocks

    def block(self, most: int = 3) -> Lines:
        """Some statements, at least one."""
        lines: Lines = []
        self.depth += 1
        for _ in range(1 + self.below(most)):
            if self.left <= 0 and lines:
                break
            lines += self.statement()
        self.depth -= 1
        return indented(lines)

    def statement(self) -> Lines:
        """One statement."""
        self.left -= 1
        simple = self._simple()
        if self.left <= 0 or self.depth > 5 or self.one_in(3):
            return simple[self.below(len(simple))]()
        forms = [*self._compound(), *simple]
        return forms[self.below(len(forms))]()

    def _simple(self) -> List[Callable[[], Lines]]:
        forms: List[Callable[[], Lines]] = [
            self._log, self._assign, self._unpack, self._store, self._augmented, self._assert,
            self._raise, self._delete, self._info, self._import,
        ]  # fmt: skip
        scope = self.scope
        if scope.loops:
            forms += [self._leave_loop] * 2
        if scope.kind != "class" and not scope.starred:
            forms.append(self._return)
        if scope.kind == "class":
            forms.append(self._annotated)
        if scope.yields:
            forms.append(self._yield_statement)
        if scope.awaits:
            forms.append(self._await_statement)
        return forms

    def _compound(self) -> List[Callable[[], Lines]]:
        forms: List[Callable[[], Lines]] = [
            self._if, self._for, self._while, self._try, self._try, self._finally, self._with,
            self._def,
        ]  # fmt: skip
        if self.depth < 4:
            forms.append(self._class)
        if self.scope.awaits:
            forms += [self._async_for, self._async_with]
        if self.level >= 10:
            forms += [self._match] * 2
        if self.level >= 11:
            forms += [self._try_star] * 3
        if self.level >= 12:
            forms += [self._generic, self._type_alias]
        return forms

    # -- simple statements

    def _log(self) -> Lines:
        return [f"log({self.expression(3)})"]

    def _info(self) -> Lines:
        return ["info()"]

    def _import(self) -> Lines:
        module = self.pick(("import types", "import os.path", "from os import path"))
        return [f"{module} as {self.target()}"]

    def target(self) -> str:
        """A name to bind."""
        name = self.pick(_NAMES)
        if name not in self.scope.names:
            self.scope.names.append(name)
        return name

    def _assign(self) -> Lines:
        value = self.expression(3)
        targets = [self.target()]
        if self.one_in(5):
            # (3.13 stores once in ``a = a = 1``)
            other = self.target()
            targets.append(f"{self.value()}.attribute" if other in targets else other)
        return [f"{' = '.join(targets)} = {value}"]

    def _unpack(self) -> Lines:
        count = 1 + self.below(3)
        targets = [self.target() for _ in range(count)]
        items = ", ".join(self.value() for _ in range(count))
        value = self.pick((f"({items},)", f"V({count + 2})", f"it({count})", f"[{items}]"))
        if self.one_in(8):
            value = self.expression(2)
        if self.one_in(2):
            place = self.below(len(targets))
            targets[place] = f"*{targets[place]}"
        elif self.one_in(3):
            targets = [f"({', '.join(targets)},)", self.target()]
            value = f"({value}, 2)"
        return [f"{', '.join(targets)}, = {value}"]

    def _store(self) -> Lines:
        owner = self.name() if self.one_in(6) else self.value()
        key = self.expression(1)
        slot = self.pick((".a", ".b", f"[{key}]", f"[{self.atom()}:{self.atom()}]"))
        slot = ".missing" if self.one_in(8) else slot
        return [f"{owner}{slot} = {self.expression(2)}"]

    def _augmented(self) -> Lines:
        sign = self.pick(("+", "-", "*", "|", "@", "//", "%", "&", "^", "**", "<<", ">>", "/"))
        owner = self.pick(
            (
                self.target,
                lambda: f"{self.value()}.a",
                lambda: f"{self.value()}[{self.atom()}]",
            )
        )
        return [f"{owner()} {sign}= {self.value()}"]

    def _annotated(self) -> Lines:
        return [f"{self.fresh('n')}: {self.value()}" + self.pick(("", f" = {self.expression(1)}"))]

    def _assert(self) -> Lines:
        message = self.pick(("", f", {self.expression(1)}"))
        always = "" if self.one_in(3) else " or 1"
        return [f"assert {self.expression(2)}{always}{message}"]

    def _raise(self) -> Lines:
        if self.one_in(3 if self.handlers else 20):
            return ["raise"]
        line = f"raise {self.pick(_RAISED)}"
        return [line] if self.one_in(4) else [f"if {self.expression(1)}:", f"    {line}"]

    def _delete(self) -> Lines:
        if self.scope.names and self.scope.kind != "class" and self.one_in(2):
            name = self.pick(self.scope.names)
            return (
                [f"del {name}", f"{name} = {self.value()}"] if self.one_in(2) else [f"del {name}"]
            )
        slot = self.pick((".a", f"[{self.atom()}]", f"[{self.atom()}:]"))
        return [f"del {self.value()}{slot}"]

    def _leave_loop(self) -> Lines:
        word = self.pick(("break", "continue"))
        return [word] if self.one_in(2) else [f"if {self.expression(1)}:", f"    {word}"]

    def _return(self) -> Lines:
        value = "" if self.scope.kind == "asyncgen" else f" {self.expression(2)}"
        line = f"return{value}"
        return [line] if self.one_in(4) else [f"if {self.expression(1)}:", f"    {line}"]

    def _yield_statement(self) -> Lines:
        return [self._bind() + self._yield(1)]

    def _bind(self) -> str:
        return f"{self.target()} = " if self.one_in(2) else ""

    def _await_statement(self) -> Lines:
        return [self._bind() + self._await(1)]

    # -- branches and loops

    def _if(self) -> Lines:
        lines = [f"if {self.expression(2)}:", *self.block()]
        if self.one_in(3):
            lines += [f"elif {self.expression(2)}:", *self.block()]
        if self.one_in(2):
            lines += ["else:", *self.block()]
        return lines

    def _loop(self, head: str) -> Lines:
        self.scope.loops += 1
        lines = [head, *self.block()]
        self.scope.loops -= 1
        return lines + ["else:", *self.block(2)] if self.one_in(3) else lines

    def _for(self) -> Lines:
        source = self.pick((f"it({self.below(5)})", self.value(), f"range({self.below(4)})"))
        if self.one_in(4):
            source, target = "(V(1), (1, 2))", f"{self.target()}, *{self.target()}"
        else:
            target = self.target()
        return self._loop(f"for {target} in {source}:")

    def _async_for(self) -> Lines:
        source = self.pick((f"ait({self.below(5)})", "agen()"))
        return self._loop(f"async for {self.target()} in {source}:")

    def _while(self) -> Lines:
        if self.one_in(2):
            lines = self._loop("while True:")
            lines[1:1] = ["    if not tick():", "        break"]
            return lines
        return self._loop(f"while tick() and {self.expression(2)}:")

    # -- exceptions

    def _try(self) -> Lines:
        lines = ["try:", *self.block()]
        for _ in range(1 + self.below(2)):
            name = self.pick((f" as {self.fresh('x')}", ""))
            lines += [f"except {self.pick(_EXCEPTIONS)}{name}:", *self._handler(name)]
        if self.one_in(5):
            lines += ["except:", *self.block()]
        if self.one_in(3):
            lines += ["else:", *self.block(2)]
        if self.one_in(3):
            lines += ["finally:", *self.block(2)]
        return lines

    def _handler(self, name: str) -> Lines:
        bound = [name[4:]] if name else []
        self.scope.names += bound
        lines = ["    info()"] if self.one_in(3) else []
        self.handlers += 1
        lines += self.block()
        self.handlers -= 1
        for one in bound:
            if one in self.scope.names:
                self.scope.names.remove(one)
        return lines

    def _finally(self) -> Lines:
        return ["try:", *self.block(), "finally:", *self.block()]

    def _try_star(self) -> Lines:
        group = self.pick(
            (
                "raise ExceptionGroup('g', [E1(1), E2(2), KeyError(3)])",
                "raise ExceptionGroup('g', [E3(1), ExceptionGroup('h', [E2(2), ValueError()])])",
                f"boom({self.below(8)})",
                "log(1)",
            )
        )
        lines = ["try:", f"    {group}", *self.block(2)]
        # no jump leaves ``except*``, but a loop inside of it may have its own
        self.scope.starred += 1
        loops, self.scope.loops = self.scope.loops, 0
        for _ in range(1 + self.below(2)):
            kind = self.pick(("E1", "E2", "(E3, KeyError)", "ValueError", "Exception"))
            name = self.pick((f" as {self.fresh('x')}", ""))
            lines += [f"except* {kind}{name}:", *self._handler(name)]
        self.scope.loops = loops
        self.scope.starred -= 1
        if self.one_in(3):
            lines += ["finally:", *self.block(2)]
        return lines

    def _managers(self, make: str) -> str:
        items = []
        for _ in range(self.pick((1, 1, 2))):
            name = f" as {self.target()}" if self.one_in(2) else ""
            items.append(f"{make}({self.below(14)}){name}")
        return ", ".join(items)

    def _with(self) -> Lines:
        return [f"with {self._managers('cm')}:", *self.block()]

    def _async_with(self) -> Lines:
        return [f"async with {self._managers('acm')}:", *self.block()]

    # -- functions and classes

    def function(self, name: str, kind: str, parameters: str, names: List[str]) -> Lines:
        """A whole function."""
        outer, self.scope = self.scope, Scope(kind, self.scope)
        inside, self.in_comprehension = self.in_comprehension, 0
        depth, self.depth = self.depth, max(self.depth, 1)
        self.scope.names = list(names)
        self.scope.functions = list(outer.functions)
        lines: Lines = []
        if outer.kind in ("function", "generator", "async", "asyncgen") and outer.names:
            if self.one_in(3):
                shared = self.pick(outer.names)
                if shared not in names and shared in _NAMES and shared not in outer.declared:
                    lines.append(f"    nonlocal {shared}")
                    self.scope.names.append(shared)
                    self.scope.declared.append(shared)
        if not lines and self.one_in(8):
            lines += ["    global g1", f"    g1 = {self.atom()}"]
            lines += ["    del g1"] * self.one_in(3)
        if outer.kind == "module" or self.one_in(3):
            lines.append("    a, b, c = V(1), 2, [V(3)]")
            self.scope.names += [n for n in "abc" if n not in self.scope.names]
        lines += self.block(4)
        if kind in ("generator", "asyncgen"):
            lines.append(f"    yield {self.name()}")
        if self.one_in(2):
            lines.append("    return" if kind == "asyncgen" else f"    return {self.expression(2)}")
        self.depth, self.in_comprehension, self.scope = depth, inside, outer
        word = "async def" if kind.startswith("async") else "def"
        return [f"{word} {name}({parameters}):", *lines]

    def _def(self) -> Lines:
        name = self.fresh("f")
        kind = self.pick(("function", "function", "generator", "async", "asyncgen"))
        default = self.expression(1)
        parameters, names = self.pick(
            (
                ("", []),
                (f"p=1, *, q={default}", ["p", "q"]),
                (f"p={default}, /, *r, **s", ["p", "r", "s"]),
                (f"p: {self.value()} = 2", ["p"]),
            )
        )
        lines = self.function(name, kind, parameters, names)
        if self.one_in(4):
            lines.insert(0, f"@deco({self.below(6)})")
        self.scope.names.append(name)
        self.scope.functions.append(name)
        return [*lines, self.pick((f"log(use({name}()))", f"log({name})"))]

    def _class(self) -> Lines:
        name = self.fresh("C")
        outer, self.scope = self.scope, Scope("class", self.scope)
        self.scope.functions = list(outer.functions)
        lines = self.block(3)
        if self.one_in(2):
            method = self.function("m", "function", "self, p=1", ["self", "p"])
            lines += indented([*method, "    return super().__init_subclass__, __class__"])
        self.scope = outer
        base = self.pick(("", "(object)", "(E1)"))
        head = [f"@deco({self.below(6)})"] if self.one_in(5) else []
        self.scope.names.append(name)
        return [*head, f"class {name}{base}:", *lines, f"log({name})"]

    # -- newer syntax

    def _pattern(self, depth: int) -> str:
        kind = self.below(9 if depth else 3)
        if kind == 0:
            return self.pick(("1", "'s'", "None", "-1", "True", "1.5"))
        if kind == 1:
            # (not noted as bound: the pattern may not be used)
            return self.pick(_NAMES)
        if kind == 2:
            return "E1.args"
        inner = [self._pattern(depth - 1) for _ in range(2)]
        if kind in (3, 4):
            return f"[{inner[0]}, {self.pick(('*_', f'*{self.fresh(chr(109))}', inner[1]))}]"
        if kind == 5:
            rest = self.pick(("", f", **{self.fresh('m')}"))
            return "{" + f"'a': {inner[0]}{rest}" + "}"
        if kind == 6:
            return self.pick(("int()", "str()", "V(n=1)", f"int({self.fresh('m')})", "list()"))
        if kind == 7:
            return f"({self.pick(('1 | 2', 'None | int()', '[] | [_]'))} as {self.fresh('m')})"
        return f"({inner[0]}, _)"

    def _match(self) -> Lines:
        subject = self.pick(
            (self.name(), self.literal(), "[1, 2]", "keys(2)", self.value(), "(1, [2, 3])")
        )
        lines = [f"match {subject}:"]
        for _ in range(1 + self.below(3)):
            pattern = self._pattern(2)
            while pattern in _NAMES:
                pattern = f"[{pattern}]"
            guard = self.pick(("", f" if {self.expression(1)}"))
            lines += indented([f"case {pattern}{guard}:", *self.block(2)])
        if self.one_in(2):
            lines += indented(["case _:", *self.block(2)])
        return self._valid_match(lines)

    def _valid_match(self, lines: Lines) -> Lines:
        """A pattern may bind a name once only; another match stands in for one that doesn't."""
        for line in lines:
            if line.startswith("    case "):
                pattern = line[9:].split(" if ")[0]
                words = "".join(c if c.isalnum() or c == "_" else " " for c in pattern).split()
                bound = [word for word in words if word in _NAMES]
                if len(bound) != len(set(bound)):
                    return ["match log(1):", "    case 1 | 2:", "        log(2)"]
        return lines

    def _generic(self) -> Lines:
        name = self.fresh("f")
        parameter = self.pick(("T", "T: V", "T: (V, E1)", "*T", "**T"))
        if self.one_in(3) and self.depth < 4:
            outer, self.scope = self.scope, Scope("class", self.scope)
            self.scope.functions = list(outer.functions)
            body, self.scope = self.block(2), outer
            return [f"class {name.upper()}[{parameter}]:", *body, f"log({name.upper()})"]
        lines = self.function(name, "function", f"p: T = {self.atom()}", ["p", "T"])
        lines[0] = lines[0].replace("(", f"[{parameter}](", 1)
        return [*lines, f"log({name}())", f"log({name}.__type_params__[0].__name__)"]

    def _type_alias(self) -> Lines:
        name = self.fresh("A")
        return [
            f"type {name}[T] = list[T] | {self.pick(('None', 'int'))}",
            f"log({name}.__value__)",
        ]
