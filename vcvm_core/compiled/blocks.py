"""One basic block: from instructions to statements and expressions.

Takes a block and its function's `Translator`; gives `Parts`. See translate.py for the rules and the names.
"""

from __future__ import annotations

from typing import Any

from vcvm_core.compiled import rules
from vcvm_core.compiled.metering import NOTHING, Cost
from vcvm_core.compiled.ranges import TRANSFER
from vcvm_core.compiled.rules import DIRECT, FASTER, INSIDE, Value, substitute
from vcvm_core.compiled.statements import Statements
from vcvm_core.compiled.structure import Branch, Line, Parts
from vcvm_core.isa import BY_CODE, Op, picture
from vcvm_core.link import Binding
from vcvm_core.runtime import bad_result, effective, giver, holder
from vcvm_core.values import ANY, BOOL, LARGE, Mismatch, Type, check, existing, inside, leaver


class Writer(Statements):
    """Writes one block."""

    # Instructions

    def part(self) -> Parts:
        """The block."""
        f = self.f
        start = self.block.start
        latch = any(c.latch == start for c in f.counted.values())
        while self.pc < self.block.end:
            if latch and self.pc == self.block.end - 5:
                # The loop itself counts.
                self.pc = self.block.end - 1
            i = f.instructions[self.pc]
            row = BY_CODE[i.opcode]
            if row.flow not in ("next", "call"):
                return Parts(self.lines, self.ending(row, i.a))
            self.given = f.types[self.pc]
            special = getattr(self, f"do_{row.name}", None)
            if special is not None:
                special(i.a)
            else:
                self.plain(row, i.a, i.b)
            self.pc += 1
        self.spill()
        return Parts(self.lines, (f.edge(self, self.block.end), self.block.end))

    def spill(self, count: int | None = None) -> None:
        """Put the operand stack into the variables in which the next block expects it."""
        self.refresh()
        kept = self.stack if count is None else self.stack[:count]
        moves = [(f"s{at}", value) for at, value in enumerate(kept) if value.text != f"s{at}"]
        if moves:
            self.emit(f"{', '.join(n for n, _ in moves)} = {', '.join(v.text for _, v in moves)}")
        self.stack[: len(kept)] = [Value(f"s{at}", frozenset((f"s{at}",))) for at in range(len(kept))]

    def ending(self, row: Op, a: int) -> Any:
        f = self.f
        if row.flow == "return":
            self.finish()
            return None
        if row.flow == "trap":
            self.emit(f"raise explicit({self.names.constant(f.module.constants[a])})", ends=True)
            return None
        if row.flow == "jump":
            self.spill()
            return f.edge(self, a), a
        if row.flow == "iterate":
            return self.iterate(a)
        (condition,) = self.pop(1)
        moved = {f"s{at}" for at, value in enumerate(self.stack) if value.text != f"s{at}"}
        if condition.reads & moved:
            condition = self.fixed(condition)
        self.spill()
        test = substitute(row.meaning, {"a": self.wrapped(condition) if row.meaning != "a" else condition.text})
        following = self.block.end
        return Branch(test, self.mark(), (f.edge(self, a), a), (f.edge(self, following), following))

    def iterate(self, target: int) -> Branch:
        """`next`: at the end of the iterator it is dropped, else its element lies on top of it."""
        f, following = self.f, self.block.end
        iterator = self.atom(self.stack.pop())
        self.stack.append(iterator)
        self.spill()
        position = len(self.stack)
        element = f"s{position}"
        if self.block.start not in f.iterated:
            self.emit(f"{element} = next(s{position - 1}, END)")
        lines, self.lines = self.lines, []
        self.take(element, f.code.facts.taken[self.pc][0])
        taken, self.lines = self.lines, lines
        no = [*taken, *f.edge(self, following)]
        return Branch(f"{element} is END", self.mark(), (f.edge(self, target), target), (no, following))

    def finish(self) -> None:
        """`ret` and `halt`."""
        f = self.f
        results = list(self.stack)
        types = f.function.signature.results
        if f.variant.entry and any(map(rules.nesting, types)):
            self.settle()
            # From here on the meter is exact: what leaves is paid for there.
            self.stale = True
            for at, (value, t) in enumerate(zip(results, types, strict=True)):
                if rules.nesting(t):
                    number = at + 1 if len(types) > 1 else 0
                    leaves = self.names.bound("g", ("leave", t, number), leaver(t, number))
                    results[at] = self.named(f"{leaves}({value.text}, M)")
        if not f.variant.entry or f.variant.observed:
            self.settle()
        text = (
            results[0].text
            if len(results) == 1
            else "None"
            if not results
            else f"({', '.join(v.text for v in results)})"
        )
        self.emit(f"return {text}", ends=True)

    # Moves

    def do_get(self, a: int) -> None:
        self.stack.append(Value(f"x{a}", frozenset((f"x{a}",))))

    def do_set(self, a: int) -> None:
        (value,) = self.pop(1)
        name = f"x{a}"
        if value.text != name:
            self.release(name)
            self.emit(f"{name} = {value.text}")

    def do_push(self, a: int) -> None:
        self.stack.append(Value(self.names.constant(a), const=(a,)))

    def do_loadk(self, a: int) -> None:
        value = self.f.module.constants[a]
        self.stack.append(Value(self.names.constant(value), const=(value,)))

    def do_widen(self, a: int) -> None:
        """Nothing happens at run time."""

    def moved(self, count: int) -> list[Value]:
        """Values that are about to be pushed, some of them twice."""
        return [self.atom(v) for v in self.pop(count)]

    def do_dup(self, a: int) -> None:
        (x,) = self.moved(1)
        self.stack += [x, x]

    def do_over(self, a: int) -> None:
        x, y = self.moved(2)
        self.stack += [x, y, x]

    def do_swap(self, a: int) -> None:
        x, y = self.pop(2)
        self.stack += [y, x]

    def do_rot(self, a: int) -> None:
        x, y, z = self.pop(3)
        self.stack += [y, z, x]

    # Operations by the table

    def plain(self, row: Op, a: int, b: int) -> None:
        """An instruction as its row says it."""
        f = self.f
        inputs, outputs = picture(row)
        pops, _ = f.arity(f.instructions[self.pc])
        values = self.pop(pops)
        if row.meaning == "pass":
            # A value that nobody wants has no effect: whatever has one was computed where it stood.
            return
        types = self.given[len(self.given) - pops :]
        constants = tuple(v.const for v in values)
        operands = f.ranges.get(self.pc, ())
        meaning = DIRECT.get(row.name, row.meaning)
        if operands and row.name in FASTER and FASTER[row.name][0](*operands):
            meaning = FASTER[row.name][1]
        charges = self.pc in self.looks
        if charges or row.size or row.entries or row.memory or row.name in DIRECT or row.name in ("eq", "ne", "inl"):
            values = [self.atom(v) for v in values]
        if row.name in ("eq", "ne"):
            meaning = rules.equality(row.name, ("a", "b"), constants, types) or meaning
        given = {name: self.wrapped(v) for (name, _), v in zip(inputs, values, strict=False)}
        given |= {"A": f.operand(row, a), "B": self.names.constant(b), "depth": str(f.limits.value_depth)}
        if charges:
            units = row.charge
            stored = [v.text for v, t in zip(values, types, strict=True) if rules.nesting(t)]
            if row.name in ("packl", "packr") and stored:
                units += "".join(f" + nested({text}, fuel, depth)" for text in stored)
            self.refresh()
            self.charge(substitute(units, given | {"fuel": f.budget(self.owed)}), values)
        for column, method, limit in (
            (row.size, "sized", f.limits.value_size), (row.entries, "grown", f.limits.value_entries)
        ):  # fmt: skip
            if column:
                text = substitute(column, given)
                self.suite(f"if {text} > {limit}:", [f"M.{method}({text})"])
        if row.memory:
            self.allot(substitute(row.memory, given))
        if row.name in ("packl", "packr"):
            self.stack.append(self.named(self.packed(row, a, values)))
        elif not outputs:
            self.effect()
            self.emit(substitute(meaning, given))
        elif row.taken:
            self.taken(substitute(meaning, given))
        elif row.ranged:
            self.ranged(row, substitute(meaning, given), values)
        elif rules.traps(meaning) or row.size or row.entries or row.memory:
            self.stack.append(self.named(substitute(meaning, given)))
        else:
            self.push(substitute(meaning, given), values, row.name in INSIDE)

    def allot(self, text: str) -> None:
        """Take memory for a new value."""
        name = text
        if not text.isidentifier():
            name = self.temporary()
            self.emit(f"{name} = {text}")
        self.suite(f"if {name} > M.memory:", [f"M.allot({name})"])
        self.emit(f"M.memory -= {name}")

    def packed(self, row: Op, a: int, values: list[Value]) -> str:
        if row.name == "packl":
            return f"[{', '.join(v.text for v in values)}]"
        fields = self.f.module.types[a].fields
        pairs = zip(fields, values, strict=True)
        return f"{{{', '.join(f'{self.names.constant(n)}: {v.text}' for n, v in pairs)}}}"

    def ranged(self, row: Op, text: str, values: list[Value]) -> None:
        """An integer that may leave the 64-bit range."""
        operands = self.f.ranges.get(self.pc)
        test = rules.outside("{}", TRANSFER[row.name](*operands)) if operands else rules.outside("{}", rules.ANYWHERE)
        if not test and not rules.traps(text):
            self.push(text, values)
            return
        value = self.named(text)
        if test:
            self.emit(f"if {test.replace('{}', value.text)}: raise overflow({self.names.constant(row.name)})")
        self.stack.append(value)

    # What comes out of containers

    def taken(self, text: str) -> None:
        """Take a value out of a container and check it."""
        t = self.f.code.facts.taken[self.pc][0]
        value = self.named(text)
        self.take(value.text, t)
        self.stack.append(value)

    def take(self, name: str, t: Type) -> None:
        """Check a value that was taken out, unless the next instruction asks for its type anyway."""
        names = self.names
        if t is ANY and self.pc + 1 < self.block.end:
            following = self.f.instructions[self.pc + 1]
            asks = BY_CODE[following.opcode].name in ("is", "as")
            wanted = self.f.module.types[following.a] if asks else ANY
            test = rules.is_not(wanted, name, names)
            if asks and test and wanted.kind != "option":
                self.suite(f"if {test}:", [f"{name} = {names.check(ANY)}({name})"])
                return
        test = rules.is_not(t, name, names)
        line = f"{name} = {names.check(t)}({name})"
        if test:
            self.suite(f"if {test}:", [line])
        else:
            self.emit(line)

    def suite(self, head: str, lines: list[str]) -> None:
        """A statement with others in it."""
        mark = self.mark()
        self.lines.append(Line(head, mark, suite=tuple(Line(text, mark) for text in lines)))

    def do_field(self, a: int) -> None:
        f = self.f
        name = str(f.module.constants[a])
        (value,) = self.pop(1)
        known = f.fields.get((value.text, name))
        if known is not None and self.clean:
            # The host's own record, checked when it came, and nobody else has run since.
            self.stack.append(Value(known, frozenset((known,))))
            return
        value = self.atom(value)
        self.taken(substitute(DIRECT["field"], {"a": value.text, "A": self.names.constant(name)}))

    # Types

    def do_is(self, a: int) -> None:
        (value,) = self.pop(1)
        value = self.atom(value)
        t = self.f.module.types[a]
        self.push(rules.is_a(t, value.text, self.names), [value], mutable=t.kind == "record")

    def do_as(self, a: int) -> None:
        (value,) = self.pop(1)
        value = self.atom(value)
        t = self.f.module.types[a]
        check = f"{self.names.check(t)}({value.text})"
        if t.kind == "any":
            self.stack.append(value)
        elif t.kind in ("float", "option", "record", "var"):
            test = rules.is_not(t, value.text, self.names)
            name = self.target()
            self.emit(f"{name} = {check} if {test} else {value.text}" if test else f"{name} = {check}")
            self.stack.append(Value(name, frozenset((name,))))
        else:
            # The value is one already, so its class is all that there is to ask.
            self.suite(f"if not ({rules.is_a(t, value.text, self.names)}):", [check])
            self.stack.append(value)

    # Calls

    def do_call(self, a: int) -> None:
        self.call((self.f.linked, a))

    def do_calll(self, a: int) -> None:
        self.call(self.f.linked.imports[a])

    def call(self, callee: tuple[Any, int]) -> None:
        """A function of the program or of a library."""
        f = self.f
        pops, pushes = f.arity(f.instructions[self.pc])
        values = self.pop(pops)
        self.effect()
        limit = f.limits.call_depth
        if f.variant.entry:
            self.deeper = "2"
            if limit <= 1:
                self.emit(f"raise deep({limit})")
        elif not self.deeper:
            self.emit(f"if d >= {limit}: raise deep({limit})")
            self.deeper = self.temporary()
            self.emit(f"{self.deeper} = d + 1")
        self.settle()
        name = f.callee(*callee)
        self.owed, self.stale, self.clean = NOTHING, True, False
        self.results(f"{name}({', '.join(('M', self.deeper, *(v.text for v in values)))})", pushes)
        rest = self.rest()
        if rest != NOTHING:
            self.refresh()
            self.lines += f.look(rest, self.pc + 1, self.stack)

    def results(self, text: str, count: int, role: str = "", extern: int = -1) -> list[str]:
        """Call something; its results are pushed, under names."""
        found = [self.target()] if count == 1 else [self.temporary() for _ in range(count)]
        self.emit(f"{', '.join(found)} = {text}" if found else text, role, extern)
        self.stack += [Value(name, frozenset((name,))) for name in found]
        return found

    def do_calli(self, a: int) -> None:
        """An intrinsic."""
        f = self.f
        binding = f.linked.bindings[a]
        offer = binding.offer
        pops, pushes = f.arity(f.instructions[self.pc])
        values = self.pop(pops)
        self.effect()
        folds = f.folds(binding)
        declared = effective(binding).results
        holds = offer.size is not None or any(map(rules.nesting, declared))
        if offer.cost.constant is None or holds or folds is not None:
            values = [self.atom(v) for v in values]
        texts = ", ".join(v.text for v in values)
        if offer.cost.constant is None:
            self.charge(f"{f.program.formula(binding, 'cost')}({texts})", values)
        if f.counting:
            self.owed = self.owed.plus(Cost(0, 1))
        given = f.code.facts.taken[self.pc]
        size = "None"
        if offer.size is not None:
            size = self.temporary()
            self.emit(f"{size} = {f.program.formula(binding, 'size')}({texts})")
            self.predicted(size, given)
        name = f.intrinsic(a)
        self.clean = self.clean and f.harmless(binding)
        if pushes == 1:
            (found,) = self.results(f"{name}({texts})", 1, "host", a)
        else:
            found = self.temporary()
            self.emit(f"{found} = {name}({texts})", "host", a)
        if f.deadline:
            self.emit("M.clock()")
        if pushes == 1:
            if folds is None or given[0] is not BOOL or not folds.boolean:
                self.returned(binding, a, found, size, texts if holds else "")
        else:
            several = self.names.bound("g", ("results", id(f.linked), a, given), _several(binding, given))
            self.results(f"{several}({', '.join(('M', found, size, *(v.text for v in values if holds)))})", pushes)

    def predicted(self, size: str, given: tuple[Type, ...]) -> None:
        """Hold the predicted size of results against the limits, and take the memory: see Meter.predicted."""
        for t in given:
            kind = t.of.kind if t.kind == "option" else t.kind
            if kind in ("string", "bytes"):
                self.suite(f"if {size} > {self.f.limits.value_size}:", [f"M.sized({size})"])
                self.allot(f"TEXT + {size}")
            elif kind in ("list", "map", "any", "var"):
                self.suite(f"if {size} > {self.f.limits.value_entries}:", [f"M.grown({size})"])
                self.allot(f"MAP + KEY * {size}" if kind == "map" else f"LIST + ENTRY * {size}")

    def returned(self, binding: Binding, a: int, name: str, size: str, arguments: str) -> None:
        """Check what an intrinsic gave, and hold it against its declared size and the limits: see runtime.holder."""
        t, declared = self.f.code.facts.taken[self.pc][0], effective(binding).results[0]
        check = self.names.bound("g", ("result", id(self.f.linked), a, t), _result(binding, t, declared))
        test = rules.is_not(t, name, self.names, not existing(declared))
        self.suite(f"if {test}:", [f"{name} = {check}({name})"]) if test else self.emit(f"{name} = {check}({name})")
        if rules.plain(t):
            return
        holder_ = self.names.bound("g", ("holder", id(self.f.linked), a, t), holder(binding, t, declared))
        hold = f"{holder_}(M, {name}, {size}{', ' if arguments else ''}{arguments})"
        if t.kind in ("string", "bytes") and binding.offer.size is not None:
            # What was predicted suffices, unless it is longer, or wider.
            wider = f" or not {name}.isascii()" if t.kind == "string" else ""
            self.suite(f"if len({name}) > {size}{wider}:", [hold])
        elif t.kind in ("string", "bytes", "list", "map", "record"):
            self.emit(hold)
        else:
            self.suite(f"if type({name}) in {self.names.bound('g', 'large', LARGE)}:", [hold])


def _several(binding: Binding, given: tuple[Type, ...]) -> Any:
    """What lets the results of an intrinsic through, if there is not exactly one."""
    give = giver(binding, given)

    def results(meter: Any, returned: Any, size: int | None, *arguments: Any) -> tuple[Any, ...]:
        found: list[Any] = []
        give(found, meter, returned, size, arguments)
        return tuple(found)

    return results


def _result(binding: Binding, t: Type, declared: Type) -> Any:
    """What lets the result of an intrinsic through, or raises IntrinsicError."""
    admit = inside(t) if existing(declared) else check(t)

    def result(returned: Any) -> Any:
        try:
            return admit(returned)
        except Mismatch as e:
            raise bad_result(binding, returned, e.expected, e.found) from None

    return result
