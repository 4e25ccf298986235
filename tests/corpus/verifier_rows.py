"""Table V of the threat model: programs that are sound in every byte and break one rule of the machine.

Gives `ROWS`. Operands are as in assembly: `loadk 0` is constant 0, `get 0` local 0, `j 3` goes to instruction 3. V15,
every opcode with every wrong type, is made in test_corpus.py.
"""

from __future__ import annotations

from corpus.forge import FUNCTIONS, file, function, functions, program, u32
from corpus.rows import Row


def _joins(count: int) -> bytes:
    """Blocks that all jump to one join."""
    code = "".join(f"loadk 0; jt {2 * count}; " for _ in range(count))
    return program(code + "ret", constants=[True])


def _diamonds(count: int) -> bytes:
    """`count` diamonds in a row: 2**count paths."""
    code = "".join(f"get 0; jt {5 * i + 3}; nop; nop; nop; " for i in range(count))
    return program(code + "ret", "(bool) -> ()")


def _shrinking(count: int) -> bytes:
    """A chain of blocks, each of which can go back to the first and assigns one local: sets that shrink step by step."""
    code = "".join(f"push 1; set {i + 1}; get 0; jt 0; " for i in range(count))
    return program(code + "ret", "(bool) -> ()", ";".join(["int"] * count))


def _carried(values: int, branches: int) -> bytes:
    """Branches with a high stack, all of which has to be compared at each of them."""
    code = "push 1; " * values + "".join(f"loadk 0; jt {values + 2 * i + 2}; " for i in range(branches))
    return program(code + "pop; " * values + "ret", constants=[True])


ROWS: tuple[Row, ...] = (
    Row("V01", "falls-off-end", file((FUNCTIONS, u32(1) + function(code=[]))), "a function without code"),
    Row("V02", "falls-off-end", program("nop"), "code that runs past its last instruction"),
    Row(
        "V02-branch",
        "falls-off-end",
        program("loadk 0; jt 0", constants=[True]),
        "a branch that is not taken, at the end",
    ),
    Row(
        "V02-call", "falls-off-end", program([("call 1", "() -> ()", ""), ("ret", "() -> ()", "")]), "a call at the end"
    ),
    Row("V03", "stack-underflow", program("pop; ret"), "a pop from an empty stack"),
    Row("V03-one", "stack-underflow", program("push 1; addi; ret"), "a sum of one number"),
    Row(
        "V04",
        "stack-overflow",
        program("push 1; push 2; pop; pop; ret", stack=1),
        "a declared maximum that is too small by one",
    ),
    Row(
        "V05",
        "stack-declaration",
        program("push 1; pop; ret", stack=2),
        "a declared maximum that is too large by one: it must be exact",
    ),
    Row("V05-limit", "stack-limit", program("ret", stack=1_025), "a declared maximum above the limit"),
    Row("V06-end", "jump-range", program("j 1"), "a jump just past the end; operands are unsigned, so there is no -1"),
    Row("V06-past", "jump-range", program("j 2"), "a jump further past the end"),
    Row("V06-far", "jump-range", program("j 16777215"), "the farthest jump there is"),
    Row(
        "V06-next",
        "jump-range",
        program("get 0; iterl; next 9; pop; pop; ret", "(list<int>) -> ()"),
        "an iteration that ends outside",
    ),
    Row("V09-unreachable", "unreachable-code", program("ret; nop; ret"), "code after a return"),
    Row(
        "V09-typed",
        "unreachable-code",
        program("ret; addi; ret"),
        "code after a return that would not type either: never typed",
    ),
    Row("V09-loop", "unreachable-code", program("j 0; ret"), "code after an endless loop"),
    Row("V09-island", "unreachable-code", program("ret; j 2; j 1"), "two jumps that reach nothing but each other"),
    Row(
        "V09-opcode",
        "bad-opcode",
        file(functions(function(code=[0x85000000, 0xFF000000]))),
        "an opcode that does not exist after a return: refused by the decoder",
    ),
    Row(
        "V10",
        "join-depth",
        program("get 0; jt 3; push 1; ret", "(bool) -> ()"),
        "two paths meet with one value and with none",
    ),
    Row(
        "V11",
        "join-type",
        program("get 0; jt 4; push 1; j 5; loadk 0; pop; ret", "(bool) -> ()", constants=["x"]),
        "two paths meet with an int and with a string",
    ),
    Row(
        "V11-subtype",
        "join-type",
        program("get 0; jt 4; push 1; j 5; get 1; pop; ret", "(bool, any) -> ()"),
        "an int and an any meet: nothing is widened by itself",
    ),
    Row(
        "V11-mut",
        "join-type",
        program("get 0; jt 4; newl 0; j 5; get 1; pop; ret", "(bool, list<int>) -> ()", types=["int"]),
        "a mut list and a list of the same items meet",
    ),
    Row("V12", "join-depth", program("push 1; j 0"), "a loop that pushes a value each turn"),
    Row(
        "V13",
        "uninitialised-local",
        program("get 0; jt 4; push 1; set 1; get 1; pop; ret", "(bool) -> ()", "int"),
        "a local that is assigned on one path only",
    ),
    Row(
        "V13-straight", "uninitialised-local", program("get 0; pop; ret", slots="int"), "a local that is never assigned"
    ),
    Row(
        "V13-loop",
        "uninitialised-local",
        program("get 0; jt 5; get 1; pop; ret; push 1; set 1; j 0", "(bool) -> ()", "int"),
        "a local that is assigned in a loop that may not run",
    ),
    Row(
        "V13-unit",
        "uninitialised-local",
        program("get 0; jt 3; ret; get 1; pop; push 1; set 1; j 0", "(bool) -> ()", "int"),
        "a local that is read before the loop assigns it",
    ),
    Row("V14-local", "index-range", program("get 255; pop; ret", stack=1), "local 255"),
    Row("V14-locals", "index-range", program("push 1; set 65535; ret", stack=1), "local 65,535"),
    Row("V14-constant", "index-range", program("loadk 0; pop; ret", stack=1), "a constant that is not there"),
    Row("V14-function", "index-range", program("call 1; ret"), "a function that is not there"),
    Row("V14-import", "index-range", program("calll 0; ret"), "a library function that is not there"),
    Row("V14-extern", "index-range", program("calli 0; ret"), "an intrinsic that is not there"),
    Row("V14-type", "index-range", program("newl 0; pop; ret", stack=1), "a type that is not there"),
    Row("V14-text", "index-range", program("trap 0"), "a trap whose message is not there"),
    Row("V14-not-text", "type-mismatch", program("trap 0", constants=[1]), "a trap whose message is an int"),
    Row("V16-few", "call-arity", program("push 1; calli 0; ret", externs=["(int, int) -> ()"]), "one argument too few"),
    Row(
        "V16-many",
        "return-depth",
        program("push 1; push 2; calli 0; ret", externs=["(int) -> ()"]),
        "one argument too many: it is still there at the return; the table's call-arity",
    ),
    Row(
        "V16-call",
        "call-arity",
        program([("call 1; ret", "() -> ()", ""), ("ret", "(int) -> ()", "")]),
        "a call without its argument",
    ),
    Row(
        "V17",
        "type-mismatch",
        program("push 1; calli 0; ret", externs=["(string) -> ()"]),
        "an intrinsic given an int for a string",
    ),
    Row(
        "V17-any",
        "type-mismatch",
        program("get 0; calli 0; ret", "(any) -> ()", externs=["(int) -> ()"]),
        "an any where an int is expected",
    ),
    Row(
        "V17-generic",
        "type-mismatch",
        program(
            "get 0; loadk 0; calli 0; pop; ret", "(list<int>) -> ()", externs=["(list<T>, T) -> T"], constants=["x"]
        ),
        "a string where the list before it says int",
    ),
    Row(
        "V17-mut",
        "type-mismatch",
        program("get 0; calli 0; ret", "(list<int>) -> ()", externs=["(mut list<int>) -> ()"]),
        "a list that may not change where a mut one is expected",
    ),
    Row(
        "V18",
        "type-mismatch",
        program("calli 0; push 1; addi; ret", externs=["() -> string"]),
        "a string result used as an int",
    ),
    Row(
        "V19-type", "return-type", program("loadk 0; ret", "() -> int", constants=["x"]), "a string returned for an int"
    ),
    Row("V19-none", "return-depth", program("ret", "() -> int"), "no result where one is declared"),
    Row("V19-extra", "return-depth", program("push 1; push 2; ret", "() -> int"), "a value too many at the return"),
    Row("V19-halt", "return-type", program("push 1; halt", "() -> string"), "a halt with a result of the wrong type"),
    Row(
        "V21",
        "type-mismatch",
        program("get 0; push 1; addi; ret", "(int?) -> ()"),
        "an int that may be none, used without a test",
    ),
    Row(
        "V21-field",
        "type-mismatch",
        program("get 0; field 0; ret", "({x: int}?) -> int", constants=["x"]),
        "a field of a record that may be none",
    ),
    Row(
        "V22",
        "join-type",
        program("get 0; dup; is 0; jt 5; j 1; as 0; push 1; addi; j 1", "(any) -> ()", types=["int"]),
        "a loop whose entry is an any, entered again with an int",
    ),
    Row("V23", "", _joins(4_000), "4,000 blocks that all jump to one join", True),
    Row("V23-sets", "", _shrinking(1_000), "1,000 blocks that each go back to the first, with 1,000 locals", True),
    Row(
        "V23-stack", "too-complex", _carried(1_000, 2_000), "a stack of 1,000 values carried over 2,000 branches", True
    ),
    Row("V24", "", _diamonds(1_000), "2**1000 paths through 1,000 diamonds", True),
    Row(
        "V25",
        "",
        program("".join(f"get 0; jf {2 * 40}; " for _ in range(39)) + "get 0; jt 0; ret", "(bool) -> ()"),
        "40 conditions nested in each other",
    ),
    Row("V26", "", program("call 0; ret"), "a function that calls itself"),
    Row(
        "V26-mutual",
        "",
        program([("call 1; ret", "() -> ()", ""), ("call 0; ret", "() -> ()", "")]),
        "two functions that call each other",
    ),
    Row(
        "V27-mut", "bad-entry", program("ret", "(mut list<int>) -> ()"), "an export that wants a host's list to change"
    ),
    Row("V27-nested", "bad-entry", program("ret", "({x: list<mut map<int>>}) -> ()"), "the same, three levels down"),
    Row(
        "V27-halt", "bad-entry", program("halt", kind="library"), "a library function that would halt its caller's run"
    ),
    Row(
        "V27-callee",
        "halt-in-callee",
        program([("call 1; ret", "() -> ()", ""), ("halt", "() -> ()", "")]),
        "a halt in a function that is called",
    ),
    Row("V32-generic", "bad-local-type", program("ret", "(T) -> ()"), "a generic function: only intrinsics are"),
    Row("V32-local", "bad-local-type", program("ret", slots="list<T>"), "a local of a type with a variable"),
    Row(
        "V33-cast",
        "bad-operand-type",
        program("get 0; as 0; pop; ret", "(any) -> ()", types=["mut list<int>"]),
        "a cast to a mut list",
    ),
    Row(
        "V33-inside",
        "bad-operand-type",
        program("get 0; as 0; pop; ret", "(any) -> ()", types=["{x: mut map<int>}"]),
        "a cast to a record of a mut map",
    ),
    Row(
        "V33-record",
        "bad-operand-type",
        program("packr 0; pop; ret", types=["int"]),
        "a record made of a type that is none",
    ),
    Row("V33-variable", "bad-operand-type", program("newl 0; pop; ret", types=["T"]), "a list of a type variable"),
    Row(
        "V34-dup",
        "type-mismatch",
        program("get 0; iterl; dup; pop; pop; ret", "(list<int>) -> ()"),
        "a copy of an iterator",
    ),
    Row(
        "V34-swap",
        "type-mismatch",
        program("push 1; get 0; iterl; swap; pop; pop; ret", "(list<int>) -> ()"),
        "an iterator exchanged",
    ),
    Row(
        "V34-call",
        "type-mismatch",
        program("get 0; iterl; calli 0; ret", "(list<int>) -> ()", externs=["(any) -> ()"]),
        "an iterator passed to an intrinsic that takes anything",
    ),
    Row(
        "V34-generic",
        "type-mismatch",
        program("get 0; iterl; calli 0; ret", "(list<int>) -> ()", externs=["(T) -> ()"]),
        "an iterator passed for a type variable",
    ),
    Row(
        "V34-return",
        "return-type",
        program("get 0; iterl; ret", "(list<int>) -> any"),
        "an iterator returned as an any",
    ),
    Row(
        "V34-widen",
        "type-mismatch",
        program("get 0; iterl; widen 0; pop; ret", "(list<int>) -> ()", types=["any"]),
        "an iterator widened",
    ),
    Row(
        "V34-pack",
        "type-mismatch",
        program("get 0; iterl; packl 0, 1; pop; ret", "(list<int>) -> ()", types=["any"]),
        "an iterator in a list",
    ),
    Row(
        "V34-join",
        "join-type",
        program("get 0; jt 5; get 1; iterl; j 7; get 2; iterl; pop; ret", "(bool, list<int>, list<string>) -> ()"),
        "iterators of two lists meet",
    ),
    Row(
        "V35-alias",
        "type-mismatch",
        program("newl 0; dup; widen 1; loadk 0; appl; pop; ret", types=["int", "list<any>"], constants=["x"]),
        "a mut list of ints, seen as a list of anything, appended to",
    ),
    Row(
        "V35-variance",
        "type-mismatch",
        program("newl 0; widen 1; pop; ret", types=["int", "mut list<any>"]),
        "a mut list of ints as a mut list of anything",
    ),
    Row(
        "V35-nested",
        "type-mismatch",
        program("newl 0; widen 1; pop; ret", types=["mut list<int>", "mut list<list<any>>"]),
        "a mut list of mut lists as a mut list of lists",
    ),
    Row(
        "V35-given",
        "bad-local-type",
        program("calli 0; pop; ret", externs=["() -> mut list<int>"]),
        "an intrinsic that is said to give a list that may be changed: it would be the host's own",
    ),
    Row(
        "V35-given-inside",
        "bad-local-type",
        program("calli 0; pop; ret", externs=["() -> {x: mut map<int>}"]),
        "the same, inside a record",
    ),
    Row(
        "V36-lists",
        "bad-operand-type",
        program("push 1;" + "calli 0;" * 2_000 + "pop; ret", externs=["(T) -> list<T>"]),
        "a generic call that wraps its argument 2,000 times: types are not made deeper than they can be written",
        True,
    ),
    Row(
        "V36-records",
        "bad-operand-type",
        program("push 1;" + "calli 0;" * 60 + "pop; ret", externs=["(T) -> {a: T, b: T}"], stack=1),
        "a generic call that doubles its argument's type 60 times: 2**60 characters of type",
        True,
    ),
)
