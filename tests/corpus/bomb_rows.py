"""Table R, what a program may try to use up: time, memory, stack, output.

Gives `ROWS`. `kind` is how a row ends with the default limits, at their full fuel; `strict` with the strict ones.
"""

from __future__ import annotations

from corpus.bombs import LISTS, OUTWARD, SIXTEEN, WIDE, Bomb, doubled, forever, ints, main, twice, wide_frames

ROWS: tuple[Bomb, ...] = (
    Bomb("R01", "fuel", main(".more:; nop; j .more"), "an empty loop"),
    Bomb("R02", "fuel", main(".more:; j .more"), "a block that jumps to itself"),
    Bomb("R01-counted", "fuel", main(".m:; get $n; push 1; addi; set $n; j .m", locals_="$n: int = 0"), "counts"),
    Bomb(
        "R01-nested",
        "fuel",
        main(".a:; .b:; .c:; .d:; .e:; get $b; jt .e; get $b; jt .d; get $b; jt .c; get $b; jt .b; j .a", "($b: bool)"),
        "loops in loops",
        lambda: [True],
    ),
    Bomb("R01-calls", "fuel", main(".m:; call f; j .m") + "func f()\nret\nend\n", "a loop of calls"),
    Bomb("R04", "call-depth", "func main()\ncall main\nret\nend\n", "recursion", strict="call-depth"),
    Bomb(
        "R04-twice",
        "fuel",
        "func main($n: int)\nif $n le 0 .end\n" + "get $n\npush 1\nsubi\ncall main\n" * 2 + ".end:\nret\nend\n",
        "recursion that branches, 100 deep",
        lambda: [60],
    ),
    Bomb(
        "R04-wide",
        "call-depth",
        wide_frames(500),
        "recursion with 500 locals and 500 values on each stack",
        lambda: [1],
        strict="too-many-locals",
    ),
    Bomb(
        "R05",
        "value-size",
        main(".m:; get $s; get $s; cats; set $s; j .m", locals_=f"$s: string = {SIXTEEN}"),
        "doubling",
    ),
    Bomb(
        "R05-wide",
        "memory",
        main(".m:; get $s; get $s; cats; set $s; j .m", locals_=f"$s: string = {WIDE}"),
        "doubling beyond ASCII",
        strict="memory",
    ),
    Bomb(
        "R05-bytes",
        "value-size",
        main(".m:; get $s; get $s; catb; set $s; j .m", locals_='$s: bytes = x"00010203"'),
        "doubling bytes",
    ),
    Bomb(
        "R05-one",
        "memory",
        main(
            f"{doubled('s', 10)}; .m:; get $s; loadk x; cats; pop; j .m".replace("loadk x", 'pushs "x"'),
            locals_=f"$s: string = {SIXTEEN}; $n: int",
        ),
        "a long text, one character longer, dropped again",
    ),
    Bomb(
        "R05-slices",
        "memory",
        main(
            f"{doubled('s', 16)}; .m:; get $s; push 1; get $s; lens; slices; set $s; j .m",
            locals_=f"$s: string = {SIXTEEN}; $n: int",
        ),
        "slices of slices",
    ),
    Bomb(
        "R05-at",
        "memory",
        forever('get $s; push 0; ats; pushs "0"; eqs', locals_=f"$s: string = {SIXTEEN}"),
        "single characters",
    ),
    Bomb(
        "R06",
        "fuel",
        main(
            'pushs "a"; get $h; calli string_repeat; pop; ret',
            locals_="$h: int = 1099511627776",
            externs="string_repeat",
        ),
        "a text repeated 2**40 times",
    ),
    Bomb(
        "R06-empty",
        "",
        main(
            'pushs ""; get $h; calli string_repeat; pop; ret',
            locals_="$h: int = 4611686018427387904",
            externs="string_repeat",
        ),
        "nothing, 2**62 times",
        strict="",
    ),
    Bomb(
        "R07",
        "fuel",
        main(
            'pushs "a"; push 100000; calli string_repeat; set $s; get $s; pushs "a"; get $s; calli string_replace; pop; ret',
            locals_="$s: string",
            externs="string_repeat string_replace",
        ),
        "100 kB, each character of it 100 kB",
    ),
    Bomb(
        "R08-join",
        "value-size",
        main(
            'pushs "a"; push 100000; calli string_repeat; set $s; newl string; set $l; .m:; get $l; get $s; appl; '
            'get $l; lenl; push 1000; lti; jt .m; get $l; pushs ","; calli string_join; pop; ret',
            locals_="$s: string; $l: mut list<string>",
            externs="string_repeat string_join",
        ),
        "1,000 times one long text",
    ),
    Bomb(
        "R08-split",
        "value-entries",
        main(
            'pushs ","; push 1000000; calli string_repeat; pushs ","; calli string_split; pop; ret',
            externs="string_repeat string_split",
        ),
        "a million empty pieces and one",
        strict="fuel",
    ),
    Bomb(
        "R08-split-many",
        "memory",
        forever('get $s; pushs ","; calli string_split; lenl; push 5; gti', "($s: string)", externs="string_split"),
        "pieces, dropped again",
        lambda: [",".join(["ab"] * 10_000)],
        strict="memory",
    ),
    Bomb(
        "R08-pad",
        "fuel",
        main(
            'pushs ""; get $h; pushs "x"; calli string_pad_left; pop; ret',
            locals_="$h: int = 1099511627776",
            externs="string_pad_left",
        ),
        "a width of 2**40",
    ),
    Bomb(
        "R08-pad-wide",
        "",
        main('pushs ""; push 16777196; pushs "é"; calli string_pad_left; pop; ret', externs="string_pad_left"),
        "16 M characters beyond ASCII: all the memory there is, and no more",
    ),
    Bomb(
        "R08-range",
        "fuel",
        main(
            "get $g; get $h; calli int_range; pop; ret",
            locals_="$g: int = -9223372036854775807; $h: int = 9223372036854775807",
            externs="int_range",
        ),
        "all integers",
    ),
    Bomb(
        "R08-upper",
        "memory",
        forever("get $s; calli string_upper; lens; push 5; gti", "($s: string)", externs="string_upper"),
        "characters that become three",
        lambda: ["ﬃ" * 10_000],
    ),
    Bomb(
        "R09",
        "value-entries",
        main("newl int; set $l; .m:; get $l; push 1; appl; j .m", locals_="$l: mut list<int>"),
        "appending",
    ),
    Bomb(
        "R09-join",
        "value-entries",
        main(
            "newl int; set $l; get $l; push 1; appl; .m:; get $l; get $l; catl; set $l; j .m",
            locals_="$l: mut list<int>",
        ),
        "a list doubling",
    ),
    Bomb(
        "R09-longer",
        "memory",
        main(
            "newl int; set $l; newl int; set $k; get $k; push 1; appl; .m:; get $l; get $k; catl; set $l; j .m",
            locals_="$l: mut list<int>; $k: mut list<int>",
        ),
        "a list, one longer each time",
    ),
    Bomb(
        "R09-set",
        "memory",
        main(
            "newl int; set $l; get $l; push 1; appl; .m:; get $l; push 0; push 1; setl; j .m",
            locals_="$l: mut list<int>",
        ),
        "one element, stored again and again",
    ),
    Bomb(
        "R09-slices",
        "memory",
        forever("get $l; push 0; push 100000; slicel; lenl; push 5; gti", "($l: list<int>)"),
        "parts of a list, dropped again",
        ints(100_000),
        strict="value-too-large",
    ),
    Bomb(
        "R10",
        "memory",
        main(
            "newm int; set $m; .m:; get $m; get $i; calli int_to_string; push 1; setm; get $i; push 1; addi; set $i; j .m",
            locals_="$m: mut map<int>; $i: int = 0",
            externs="int_to_string",
        ),
        "new keys without end",
    ),
    Bomb(
        "R12",
        "too-deep",
        main(
            "newl any; set $l; get $l; get $l; widen any; appl; get $l; widen any; dup; eq; pop; ret",
            locals_="$l: mut list<any>",
        ),
        "a list that holds itself, compared",
        strict="too-deep",
    ),
    Bomb(
        "R13",
        "too-deep",
        main(f"{OUTWARD}; get $top; widen any; get $top; widen any; eq; pop; ret", locals_=LISTS),
        "1,000 levels, made from the outside, compared",
        strict="too-deep",
    ),
    Bomb(
        "R13-result",
        "too-deep",
        main(f"{OUTWARD}; get $top; ret", locals_=LISTS, head="() -> list<any>"),
        "1,000 levels as a result",
        strict="too-deep",
    ),
    Bomb(
        "R13-stored",
        "too-deep",
        main(f"{OUTWARD}; newl any; get $top; widen any; appl; ret", locals_=LISTS),
        "1,000 levels, stored",
        strict="too-deep",
    ),
    Bomb(
        "R25",
        "fuel",
        forever("get $a; get $b; eq", "($a: any, $b: any)"),
        "two lists of 50,000 elements, compared",
        twice(lambda: list(range(50_000))),
    ),
    Bomb(
        "R25-small",
        "fuel",
        forever("get $a; get $b; eq", "($a: any, $b: any)"),
        "two small lists, compared",
        twice(lambda: [1.5, "x", None, [1]] * 20),
    ),
    Bomb(
        "R25-in",
        "fuel",
        forever("push 0; widen any; get $a; inl; not", "($a: list<any>)"),
        "not in a long list",
        lambda: [list(range(1, 50_001))],
    ),
    Bomb(
        "R25-records",
        "fuel",
        forever("get $a; get $b; eq", "($a: any, $b: any)"),
        "two lists of records, compared",
        twice(lambda: [{"name": "x" * 20, "age": i} for i in range(1_000)]),
    ),
    Bomb(
        "R25-texts",
        "fuel",
        forever("get $a; get $b; eqs", "($a: string, $b: string)"),
        "two equal texts, compared",
        twice(lambda: "".join(["0123456789"] * 100_000)),
    ),
)
