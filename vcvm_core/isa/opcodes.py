"""THE TABLE: every instruction of the machine, one row each.

Codec, assembler, disassembler, verifier, every tier and the reference documentation are driven by these rows; nothing
else in vcvm says what an instruction is. A row has

    code      the number; it never changes. The founding document's six keep theirs
    name      the mnemonic, in the style of the founding assembly: a last letter i, f, s, b, l, m says int, float,
              string, bytes, list, map
    operands  their kinds, see operands.KINDS
    picture   what is popped and pushed, typed: `a:int b:int -- int`, the top of the stack on the right. A capital
              letter is a type variable of this row. `@name` stands for what the operands refer to, see effects.py
    flow      next, jump, branch, iterate, call, return or trap
    meaning   a Python expression for what is pushed (a tuple for several), or a statement if nothing is. Names: the
              inputs of the picture; A and B, the operands, looked up: a constant is its value, a type is, in `is`, the
              test for it, and in `as` the check that lets its values through (values.boundary); L, the locals; and the
              functions of values.arith. Empty where flow is all the meaning there is
    charge    fuel beyond the weight of 1, from the sizes of the inputs, charged before the work. `fuel` is what is
              left, `depth` the limit on nesting. What packl and packr store is charged like what setl does
    size      the characters or bytes that a new string or bytes value will have, held against the limit first
    entries   the entries that a list or map will have, likewise
    memory    the bytes that new values will take, as values.sizes accounts them, charged before they are made
    ranged    the integer result may leave the 64-bit range: trap if it does
    taken     the result comes out of a container, of which only the outside was checked: check it now
    doc       a sentence, beginning with its verb
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Flow = Literal["next", "jump", "branch", "iterate", "call", "return", "trap"]


class Op(NamedTuple):
    """One row of the table; the file's head says what the columns are."""

    code: int
    name: str
    operands: tuple[str, ...]
    picture: str
    flow: Flow
    meaning: str
    doc: str
    charge: str = ""
    size: str = ""
    entries: str = ""
    memory: str = ""
    ranged: bool = False
    taken: bool = False


def _compare(first: int, letter: str, word: str, charge: str = "") -> list[Op]:
    """The six comparisons of a type."""
    rows = []
    for i, (name, sign, sentence) in enumerate(
        (
            ("eq", "==", "are equal"),
            ("ne", "!=", "differ"),
            ("lt", "<", "are in rising order, the first less than the second"),
            ("le", "<=", "are in rising order or equal"),
            ("gt", ">", "are in falling order, the first greater than the second"),
            ("ge", ">=", "are in falling order or equal"),
        )
    ):
        doc = f"Pops two {word}s, pushes whether they {sentence}."
        kind = {"i": "int", "f": "float", "s": "string"}[letter]
        rows.append(
            Op(first + i, name + letter, (), f"a:{kind} b:{kind} -- bool", "next", f"a {sign} b", doc, charge=charge)
        )
    return rows


# fmt: off
OPCODES: Final[tuple[Op, ...]] = (
    # The founding six
    Op(0x00, "halt", (), "@results --", "return", "", "Ends the run; the stack holds the results. Only in a function that nothing calls."),
    Op(0x01, "pop", (), "a:@top --", "next", "pass", "Pops a value and drops it."),
    Op(0x02, "push", ("immediate",), "-- int", "next", "A", "Pushes the integer A."),
    Op(0x03, "swap", (), "a:T b:U -- U T", "next", "b, a", "Exchanges the two topmost values."),
    Op(0x04, "calli", ("extern",), "@params -- @results", "call", "", "Pops the arguments, calls intrinsic A of the extern table, pushes its results."),
    Op(0x05, "loadk", ("constant",), "-- @constant", "next", "A", "Pushes constant A."),
    # Stack
    Op(0x06, "nop", (), "--", "next", "pass", "Does nothing."),
    Op(0x07, "dup", (), "a:T -- T T", "next", "a, a", "Pushes a copy of the topmost value."),
    Op(0x08, "over", (), "a:T b:U -- T U T", "next", "a, b, a", "Pushes a copy of the value below the topmost."),
    Op(0x09, "rot", (), "a:T b:U c:V -- U V T", "next", "b, c, a", "Moves the third value to the top."),
    Op(0x0A, "popi", (), "a:int --", "next", "pass", "Pops an integer and drops it."),
    Op(0x0B, "popf", (), "a:float --", "next", "pass", "Pops a float and drops it."),
    Op(0x0C, "pops", (), "a:string --", "next", "pass", "Pops a string and drops it."),
    Op(0x0D, "widen", ("type",), "a:@sub -- @type", "next", "a", "Lets the topmost value count as the wider type A, so that paths can join."),
    # Locals
    Op(0x10, "get", ("local",), "-- @local", "next", "L[A]", "Pushes local A."),
    Op(0x11, "set", ("local",), "a:@local --", "next", "L[A] = a", "Pops a value into local A."),
    # Integers
    Op(0x18, "addi", (), "a:int b:int -- int", "next", "a + b", "Pops two integers, pushes their sum; traps on overflow.", ranged=True),
    Op(0x19, "subi", (), "a:int b:int -- int", "next", "a - b", "Pops two integers, pushes the first less the second; traps on overflow.", ranged=True),
    Op(0x1A, "mul", (), "a:int b:int -- int", "next", "a * b", "Pops two integers, pushes their product; traps on overflow.", ranged=True),
    Op(0x1B, "div", (), "a:int b:int -- int", "next", "divide(a, b)", "Pops two integers, pushes the quotient truncated toward zero; traps on zero and on overflow.", ranged=True),
    Op(0x1C, "rem", (), "a:int b:int -- int", "next", "remainder(a, b)", "Pops two integers, pushes the remainder, with the sign of the first; traps on zero."),
    Op(0x1D, "negi", (), "a:int -- int", "next", "-a", "Pops an integer, pushes it negated; traps on overflow.", ranged=True),
    Op(0x1E, "andi", (), "a:int b:int -- int", "next", "a & b", "Pops two integers, pushes their bitwise and."),
    Op(0x1F, "ori", (), "a:int b:int -- int", "next", "a | b", "Pops two integers, pushes their bitwise or."),
    Op(0x20, "xori", (), "a:int b:int -- int", "next", "a ^ b", "Pops two integers, pushes their bitwise exclusive or."),
    Op(0x21, "noti", (), "a:int -- int", "next", "~a", "Pops an integer, pushes it with every bit inverted."),
    Op(0x22, "shl", (), "a:int b:int -- int", "next", "shift_left(a, b)", "Pops an integer and a count, pushes the integer shifted left; traps outside 0..63 and on overflow.", ranged=True),
    Op(0x23, "shr", (), "a:int b:int -- int", "next", "shift_right(a, b)", "Pops an integer and a count, pushes the integer shifted right, its sign kept; traps outside 0..63."),
    *_compare(0x24, "i", "integer"),
    # Floats
    Op(0x30, "addf", (), "a:float b:float -- float", "next", "a + b", "Pops two floats, pushes their sum."),
    Op(0x31, "subf", (), "a:float b:float -- float", "next", "a - b", "Pops two floats, pushes the first less the second."),
    Op(0x32, "mulf", (), "a:float b:float -- float", "next", "a * b", "Pops two floats, pushes their product."),
    Op(0x33, "divf", (), "a:float b:float -- float", "next", "divide_float(a, b)", "Pops two floats, pushes their quotient; by zero it is an infinity or NaN."),
    Op(0x34, "negf", (), "a:float -- float", "next", "-a", "Pops a float, pushes it negated."),
    Op(0x35, "itof", (), "a:int -- float", "next", "float(a)", "Pops an integer, pushes the nearest float."),
    Op(0x36, "ftoi", (), "a:float -- int", "next", "float_to_int(a)", "Pops a float, pushes it truncated toward zero; traps on NaN, infinities and out of range."),
    *_compare(0x38, "f", "float"),
    # Booleans
    Op(0x40, "not", (), "a:bool -- bool", "next", "not a", "Pops a boolean, pushes its opposite."),
    Op(0x41, "and", (), "a:bool b:bool -- bool", "next", "a and b", "Pops two booleans, pushes whether both are true."),
    Op(0x42, "or", (), "a:bool b:bool -- bool", "next", "a or b", "Pops two booleans, pushes whether one is true."),
    Op(0x43, "xor", (), "a:bool b:bool -- bool", "next", "a is not b", "Pops two booleans, pushes whether they differ."),
    # Strings and bytes
    *_compare(0x48, "s", "string", charge="min(len(a), len(b)) >> 4"),
    Op(0x4E, "lens", (), "a:string -- int", "next", "len(a)", "Pops a string, pushes its length in code points."),
    Op(0x4F, "cats", (), "a:string b:string -- string", "next", "a + b", "Pops two strings, pushes them joined.", charge="(len(a) + len(b)) >> 4", size="len(a) + len(b)", memory="TEXT + (len(a) + len(b)) * (1 if a.isascii() and b.isascii() else 4)"),
    Op(0x50, "ats", (), "a:string i:int -- string", "next", "at(a, i)", "Pops a string and an index, pushes the one code point there; traps outside.", memory="TEXT"),
    Op(0x51, "slices", (), "a:string i:int j:int -- string", "next", "part(a, i, j)", "Pops a string, a start and an end, pushes the code points between; traps outside.", charge="min(len(a), max(0, j - i)) >> 4", memory="TEXT + min(len(a), max(0, j - i)) * (1 if a.isascii() else 4)"),
    Op(0x52, "ins", (), "a:string b:string -- bool", "next", "a in b", "Pops two strings, pushes whether the first occurs in the second.", charge="((len(a) + len(b)) >> 4) + (min(len(a), 30000) * min(len(b), 100) + min(len(a), 2500) * min(len(b), 2500) >> 8)"),
    Op(0x54, "lenb", (), "a:bytes -- int", "next", "len(a)", "Pops bytes, pushes their number."),
    Op(0x55, "catb", (), "a:bytes b:bytes -- bytes", "next", "a + b", "Pops two bytes values, pushes them joined.", charge="(len(a) + len(b)) >> 4", size="len(a) + len(b)", memory="TEXT + len(a) + len(b)"),
    Op(0x56, "atb", (), "a:bytes i:int -- int", "next", "at(a, i)", "Pops bytes and an index, pushes the byte there, 0 to 255; traps outside."),
    Op(0x57, "sliceb", (), "a:bytes i:int j:int -- bytes", "next", "part(a, i, j)", "Pops bytes, a start and an end, pushes the bytes between; traps outside.", charge="min(len(a), max(0, j - i)) >> 4", memory="TEXT + min(len(a), max(0, j - i))"),
    # Any: equality by type and value, tests and casts
    Op(0x5A, "eq", (), "a:any b:any -- bool", "next", "equal(a, b, depth)", "Pops two values, pushes whether they are of one type and have one value, deeply.", charge="compared(a, b, fuel, depth)"),
    Op(0x5B, "ne", (), "a:any b:any -- bool", "next", "not equal(a, b, depth)", "Pops two values, pushes whether they differ in type or value.", charge="compared(a, b, fuel, depth)"),
    Op(0x5C, "is", ("type",), "a:any -- bool", "next", "A(a)", "Pops a value, pushes whether it is of type A, by exact class; of a list, map or record only the outside is looked at."),
    Op(0x5D, "as", ("type",), "a:any -- @type", "next", "A(a)", "Pops a value, pushes it as type A; traps if it is of another type. An integer becomes the float that it equals."),
    # Lists
    Op(0x60, "newl", ("type",), "-- @list", "next", "[]", "Pushes a new empty mut list of A.", memory="LIST"),
    Op(0x61, "packl", ("type", "count"), "@items -- @list", "next", "", "Pops B values, pushes a new mut list of A that holds them, in order.", charge="B", entries="B", memory="LIST + ENTRY * B"),
    Op(0x62, "lenl", (), "a:list<T> -- int", "next", "len(a)", "Pops a list, pushes the number of its elements."),
    Op(0x63, "getl", (), "a:list<T> i:int -- T", "next", "at(a, i)", "Pops a list and an index, pushes the element; traps outside.", taken=True),
    Op(0x64, "setl", (), "a:mut list<T> i:int v:T --", "next", "place(a, i, v)", "Pops a mut list, an index and a value, replaces the element; traps outside.", memory="ENTRY", charge="nested(v, fuel, depth)"),
    Op(0x65, "appl", (), "a:mut list<T> v:T --", "next", "a.append(v)", "Pops a mut list and a value, appends the value.", entries="len(a) + 1", memory="ENTRY", charge="nested(v, fuel, depth)"),
    Op(0x66, "catl", (), "a:list<T> b:list<T> -- mut list<T>", "next", "a + b", "Pops two lists, pushes a new mut list with the elements of both.", charge="len(a) + len(b)", entries="len(a) + len(b)", memory="LIST + SLOT * (len(a) + len(b))"),
    Op(0x67, "slicel", (), "a:list<T> i:int j:int -- mut list<T>", "next", "part(a, i, j)", "Pops a list, a start and an end, pushes a new mut list of the elements between; traps outside.", charge="min(len(a), max(0, j - i))", memory="LIST + SLOT * min(len(a), max(0, j - i))"),
    Op(0x68, "inl", (), "a:T b:list<T> -- bool", "next", "contains(b, a, depth)", "Pops a value and a list, pushes whether an element equals the value.", charge="weight(b, fuel, depth)"),
    # Maps and records
    Op(0x70, "newm", ("type",), "-- @map", "next", "{}", "Pushes a new empty mut map of A.", memory="MAP"),
    Op(0x71, "lenm", (), "a:map<T> -- int", "next", "len(a)", "Pops a map, pushes the number of its keys."),
    Op(0x72, "getm", (), "a:map<T> k:string -- T", "next", "member(a, k)", "Pops a map and a key, pushes the value; traps if the key is absent.", taken=True, charge="len(k) >> 4"),
    Op(0x73, "hasm", (), "a:map<T> k:string -- bool", "next", "k in a", "Pops a map and a key, pushes whether the map has the key.", charge="len(k) >> 4"),
    Op(0x74, "setm", (), "a:mut map<T> k:string v:T --", "next", "a[k] = v", "Pops a mut map, a key and a value, stores the value; a new key goes last.", charge="(len(k) >> 4) + nested(v, fuel, depth)", entries="len(a) + (k not in a)", memory="KEY"),
    Op(0x75, "delm", (), "a:mut map<T> k:string --", "next", "drop(a, k)", "Pops a mut map and a key, removes the key if it is there.", charge="(len(k) >> 4) + dropping(a, k)"),
    Op(0x76, "packr", ("type",), "@fields -- @type", "next", "", "Pops a value for each field of record type A, in order, pushes the record.", charge="len(A)", memory="MAP + KEY * len(A)"),
    Op(0x77, "field", ("text",), "a:@record -- @field", "next", "member(a, A)", "Pops a record, pushes its field A.", taken=True),
    # Iteration
    Op(0x78, "iterl", (), "a:list<T> -- iter<T>", "next", "iter(a)", "Pops a list, pushes an iterator over its elements, also over those appended meanwhile."),
    Op(0x79, "iterm", (), "a:map<T> -- iter<string>", "next", "iter(tuple(a))", "Pops a map, pushes an iterator over the keys that it has now, in order of insertion.", charge="len(a)", memory="LIST + SLOT * len(a)"),
    Op(0x7A, "next", ("target",), "a:iter<T> -- iter<T> T", "iterate", "", "Pushes the next element and goes on; at the end pops the iterator and jumps to A.", taken=True),
    # Flow
    Op(0x80, "j", ("target",), "--", "jump", "", "Jumps to A."),
    Op(0x81, "jt", ("target",), "a:bool --", "branch", "a", "Pops a boolean, jumps to A if it is true."),
    Op(0x82, "jf", ("target",), "a:bool --", "branch", "not a", "Pops a boolean, jumps to A if it is false."),
    Op(0x83, "call", ("function",), "@params -- @results", "call", "", "Pops the arguments, calls function A, pushes its results."),
    Op(0x84, "calll", ("import",), "@params -- @results", "call", "", "Pops the arguments, calls library function A, pushes its results."),
    Op(0x85, "ret", (), "@results --", "return", "", "Returns from the function; the stack holds exactly its results."),
    Op(0x86, "trap", ("text",), "--", "trap", "", "Ends the run with a trap whose message is the string constant A."),
)
# fmt: on
