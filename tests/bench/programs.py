"""The programs that are measured: assembly texts, and modules of any size.

Takes sizes; gives texts for `vcvm_core.asm`, and the bytes of programs for the readers of bytecode.
"""

from __future__ import annotations

from typing import Final

from vcvm_core.bytecode import FunctionDraft, Instruction, ModuleBuilder, encode, instruction
from vcvm_core.values import INT

_LOOP: Final = """
export main
func main(n: int) -> {result}
    local $i: int = 0
{start}
.again:
    get $i
    get $n
    lti
    jf .done
{body}
    get $i
    pushi 1
    addi
    set $i
    j .again
.done:
{end}
    ret
end
"""


def _loop(result: str, start: str, body: str, end: str) -> str:
    return _LOOP.format(result=result, start=start, body=body, end=end)


NUMERIC: Final = _loop(
    "int",
    "local $total: int = 0",
    "get $total\n get $i\n get $i\n mul\n pushi 7\n rem\n addi\n set $total",
    "get $total",
)
STRING: Final = _loop(
    "string",
    'local $text: string = ""',
    'get $text\n pushs "ab"\n cats\n set $text',
    "get $text",
)
INTRINSIC: Final = "extern int_in_range\n" + _loop(
    "int",
    "local $inside: int = 0",
    "get $i\n pushi 100\n pushi 900\n call $int_in_range()\n jf .outside\n"
    "get $inside\n pushi 1\n addi\n set $inside\n.outside:",
    "get $inside",
)
FIB: Final = """
export fib
func fib(n: int) -> int
    get $n
    pushi 2
    lti
    jf .more
    get $n
    ret
.more:
    get $n
    pushi 1
    subi
    call $fib()
    get $n
    pushi 2
    subi
    call $fib()
    addi
    ret
end
"""
LIST_SUM: Final = """
export main
func main(values: list<int>) -> int
    local $total: int = 0
    get $values
    iterl
.again:
    next .done
    get $total
    addi
    set $total
    j .again
.done:
    get $total
    ret
end
"""
SCRAMBLE: Final = """
export main
func main(n: int, factor: int) -> int
    local $state: int = 1
    local $i: int = 0
.again:
    get $i
    get $n
    lti
    jf .done
    get $state
    get $factor
    mul
    pushi 12345
    addi
    pushi 2147483647
    rem
    get $i
    xori
    set $state
    get $i
    pushi 1
    addi
    set $i
    j .again
.done:
    get $state
    ret
end
"""
INCREMENT: Final = """
export main
func main(n: int) -> int
    get $n
    pushi 1
    addi
    ret
end
"""
INSIDE_UUID: Final = "6f5c2a51-7f0f-4f5e-9a55-0c1f3bb1f0ad"
INSIDE: Final = f'extern inside(int) -> bool = "{INSIDE_UUID}"\n' + _loop(
    "int",
    "local $count: int = 0",
    "get $i\n call $inside()\n jf .outside\nget $count\n pushi 1\n addi\n set $count\n.outside:",
    "get $count",
)
_ORDER: Final = (
    "{customer: string, age: int, items: int, total: float, discount: float, paid: bool, member: bool, "
    "address: {country: string}}"
)
ACCEPT: Final = """
export accept
func accept(order: ORDER) -> bool
    local $total: float
    local $items: int
    local $country: string
    get $order
    field "age"
    pushi 18
    lti
    jt .no
    get $order
    field "customer"
    pushs ""
    eqs
    jt .no
    get $order
    field "items"
    set $items
    get $items
    pushi 1
    lti
    jt .no
    get $items
    pushi 1000
    gti
    jt .no
    get $order
    field "total"
    set $total
    get $total
    pushf 0.0
    gtf
    jf .no
    get $order
    field "paid"
    jt .member
    get $total
    pushf 500.0
    lef
    jf .no
.member:
    get $order
    field "member"
    jt .country
    get $order
    field "discount"
    pushf 0.2
    lef
    jf .no
.country:
    get $order
    field "address"
    field "country"
    set $country
    get $country
    pushs "DE"
    eqs
    jt .yes
    get $country
    pushs "FR"
    eqs
    jt .yes
    get $country
    pushs "NL"
    eqs
    ret
.yes:
    push true
    ret
.no:
    push false
    ret
end
""".replace("ORDER", _ORDER)
DESCENT: Final = """
export down
func down(n: int) -> int
    get $n
    pushi 0
    gti
    jt .more
    pushi 0
    ret
.more:
    get $n
    pushi 1
    subi
    call $down()
    pushi 1
    addi
    ret
end
"""
EQUALITY: Final = """
export main
func main(left: any, right: any) -> bool
    get $left
    get $right
    eq
    ret
end
"""


def straight_line(size: int, number: int = 3) -> bytes:
    """A program of one function without a jump, of about so many instructions. number: so that programs can differ."""
    part = _words("get 0", f"push {number}", "mul", "push 7", "addi", "set 1", "get 1", "pop")
    return _program([[*part * _times(size, part), *_words("get 1", "ret")]])


def branches(size: int) -> bytes:
    """A program of one function, of about so many instructions, in which every fifth one is a jump or its target."""
    code: list[Instruction] = []
    part = _words("get 0", "push 9", "lti", "jf 0", "get 0", "push 1", "addi", "set 1", "j 0", "push 2", "set 1")
    for _ in range(_times(size, part)):
        start = len(code)
        code += part
        code[start + 3] = instruction("jf", start + 9)
        code[start + 8] = instruction("j", start + 11)
    return _program([[*code, *_words("get 1", "ret")]])


def many_functions(size: int) -> bytes:
    """A program of about so many instructions in functions of twenty, each of which calls the next."""
    part = _words("get 0", "push 1", "addi", "set 1") * 4
    count = _times(size, [*part, *part[:4]])
    bodies = [[*part, *_words("get 1", f"call {n + 1}", "nop", "ret")] for n in range(count - 1)]
    return _program([*bodies, [*part, *_words("get 1", "ret")]])


def one_after_another(size: int, number: int) -> bytes:
    """A program of about so many instructions: functions of twenty, which the first one calls one after another.

    number: what the functions begin with, so that programs of one size can differ.
    """
    part = _words(f"push {number}", "push 3", "mul", "set 1") * 4
    count = _times(size, [*part, *part[:6]])
    body = [*part, *_words("get 1", "ret")]
    first = [word for n in range(count) for word in _words("get 0", f"call {n + 1}", "set 1")]
    return _program([[*first, *_words("get 1", "ret")], *[body] * count])


SHAPES: Final = {"straight line": straight_line, "branches": branches, "many functions": many_functions}


def _times(size: int, part: list[Instruction]) -> int:
    return max(1, size // len(part))


def _words(*lines: str) -> list[Instruction]:
    split = [line.split() for line in lines]
    return [instruction(name, *map(int, operands)) for name, *operands in split]


def _program(bodies: list[list[Instruction]]) -> bytes:
    """A program whose functions take an int, have another as their local 1, and give an int."""
    builder = ModuleBuilder()
    for number, body in enumerate(bodies):
        lines = [0] * len(body)
        builder.functions.append(FunctionDraft(f"f{number}", (INT,), (INT,), ["n", "x"], [INT], body, lines))
    builder.exports.append(("main", 0))
    return encode(builder.finish())
