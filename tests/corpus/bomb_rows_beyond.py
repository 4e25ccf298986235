"""More of what a program may try to use up: rows that the threat model's table does not have, from R30 on.

Gives `ROWS`, as bomb_rows.py does. Each is an instruction or an intrinsic whose work grows with values in some way of its
own: with a text that is checked, a record's fields, a long key, a map that was full once, parts that are shared.
"""

from __future__ import annotations

from corpus.bombs import EMPTY, FIELDS, FILL, SHARED, Bomb, forever, ints, keys, main, record, twice

ROWS: tuple[Bomb, ...] = (
    Bomb(
        "R30-text",
        "fuel",
        forever("get $l; push 0; getl; lens; push 5; gti", "($l: list<string>)"),
        "a long text beyond ASCII, taken out of a list",
        lambda: [["é" * 2_000_000]],
    ),
    Bomb(
        "R30-cast",
        "fuel",
        forever("get $a; as string; lens; push 5; gti", "($a: any)"),
        "the same, cast",
        lambda: ["é" * 2_000_000],
        strict="value-too-large",
    ),
    Bomb(
        "R30-field",
        "fuel",
        forever('get $r; field "a"; lens; push 5; gti', "($r: {a: string})"),
        "the same, a field",
        lambda: [{"a": "é" * 2_000_000}],
    ),
    Bomb(
        "R30-next",
        "fuel",
        main(".a:; get $l; iterl; .m:; next .a; pop; j .m", "($l: list<string>)"),
        "the same, iterated",
        lambda: [["é" * 2_000_000] * 10],
    ),
    Bomb(
        "R30-given",
        "intrinsic-calls",
        forever("get $l; calli list_first; is string", "($l: list<string>)", externs="list_first"),
        "the same, given back by an intrinsic",
        lambda: [["é" * 2_000_000]],
        strict="value-size",
    ),
    Bomb("R31", "fuel", forever(f"get $m; is {{{FIELDS}}}", "($m: any)"), "a test for a record of 400 fields", record),
    Bomb(
        "R31-taken",
        "fuel",
        forever('get $m; push 0; getl; field "aa"; push 1; eqi', f"($m: list<{{{FIELDS}}}>)"),
        "a record of 400 fields, taken out of a list",
        lambda: [record() * 2],
    ),
    Bomb(
        "R32-key",
        "fuel",
        forever("get $m; get $k; hasm", "($m: map<int>, $k: string)"),
        "a long key, asked for",
        lambda: [{"".join(["0123456789"] * 400_000): 1}, "".join(["0123456789"] * 400_000)],
        strict="value-too-large",
    ),
    Bomb(
        "R32-equal",
        "fuel",
        forever("get $a; get $b; eq", "($a: any, $b: any)"),
        "maps with a long key, compared",
        twice(lambda: {"".join(["0123456789"] * 400_000): 1}),
    ),
    Bomb(
        "R33",
        "memory",
        main(f"{FILL}; {EMPTY}; .m:; get $m; iterm; pop; j .m", "($k: list<string>)", "$m: mut map<int>"),
        "a map of 100,000 keys, emptied, and gone through",
        keys(100_000),
        strict="value-too-large",
    ),
    Bomb(
        "R33-one",
        "memory",
        main(
            f'{FILL}; {EMPTY}; get $m; pushs "a"; push 1; setm; .m:; get $m; iterm; pop; j .m',
            "($k: list<string>)",
            "$m: mut map<int>",
        ),
        "the same with one key left",
        keys(100_000),
        strict="value-too-large",
    ),
    Bomb(
        "R33-eq",
        "fuel",
        forever(
            "get $m; widen any; get $m; widen any; eq",
            "($k: list<string>)",
            "$m: mut map<int>",
            before=f"{FILL}; {EMPTY}",
        ),
        "the same, compared",
        keys(100_000),
        strict="value-too-large",
    ),
    Bomb(
        "R34",
        "fuel",
        forever("get $a; get $b; ins; not", "($a: string, $b: string)"),
        "a search at its worst: 2,400",
        lambda: ["a" * 600 + "b" + "a" * 599, "a" * 2_400],
    ),
    Bomb(
        "R34-long",
        "fuel",
        forever("get $a; get $b; ins; not", "($a: string, $b: string)"),
        "a search at its worst: 30,000",
        lambda: ["a" * 49 + "b" + "a" * 49, "a" * 29_999],
    ),
    Bomb(
        "R34-split",
        "fuel",
        forever(
            "get $b; get $a; calli string_split; lenl; push 0; gti", "($a: string, $b: string)", externs="string_split"
        ),
        "a split at its worst",
        lambda: ["a" * 600 + "b" + "a" * 599, "a" * 2_400],
    ),
    Bomb(
        "R34-count",
        "fuel",
        forever("get $b; get $a; calli string_count; push 0; eqi", "($a: string, $b: string)", externs="string_count"),
        "a count at its worst",
        lambda: ["a" * 600 + "b" + "a" * 599, "a" * 2_400],
    ),
    Bomb(
        "R35",
        "fuel",
        main(f"{SHARED}; get $l; widen any; get $l; widen any; eq; pop; ret", locals_="$l: mut list<any>; $n: int"),
        "2**40 parts, all of them one, compared",
    ),
    Bomb(
        "R35-result",
        "fuel",
        main(f"{SHARED}; get $l; ret", "() -> list<any>", "$l: mut list<any>; $n: int"),
        "2**40 parts, all of them one, as a result",
    ),
    Bomb(
        "R36",
        "fuel",
        main(
            ".m:; get $l; get $l; push 1; packr {a: any, b: any, c: int}; pop; j .m".replace(
                "get $l;", "get $l; widen any;"
            ),
            "($l: list<int>)",
        ),
        "records around a list",
        ints(10),
    ),
    Bomb(
        "R36-many",
        "memory",
        main(".m:; " + "push 1; " * 255 + "packl int 255; pop; j .m"),
        "lists of 255, dropped again",
    ),
    Bomb(
        "R37",
        "value-entries",
        main(
            "newl int; set $l; get $l; push 1; appl; get $l; iterl; .m:; next .e; get $l; swap; appl; j .m; .e:; ret",
            locals_="$l: mut list<int>",
        ),
        "a list that grows while it is gone through",
    ),
    Bomb(
        "R37-iterators",
        "fuel",
        main(".m:; " + "get $l; iterl; " * 200 + "pop; " * 200 + "j .m", "($l: list<int>)"),
        "200 iterators at a time",
        ints(10),
    ),
    Bomb(
        "R37-keys",
        "memory",
        main(".m:; get $m; iterm; pop; j .m", "($m: map<int>)"),
        "keys, copied for an iteration",
        lambda: [{str(i): i for i in range(10_000)}],
    ),
    Bomb(
        "R38-sort",
        "fuel",
        forever("get $l; calli int_list_sort; lenl; push 0; gti", "($l: list<int>)", externs="int_list_sort"),
        "sorting",
        lambda: [[i * 7_919 % 50_021 for i in range(20_000)]],
    ),
    Bomb(
        "R38-texts",
        "fuel",
        forever("get $l; calli string_list_sort; lenl; push 0; gti", "($l: list<string>)", externs="string_list_sort"),
        "sorting texts that differ at their ends",
        lambda: [["a" * 1_000 + str(i * 7_919 % 2_003) for i in range(2_000)]],
    ),
    Bomb(
        "R38-unique",
        "fuel",
        forever("get $l; calli list_unique; lenl; push 0; gti", "($l: list<int>)", externs="list_unique"),
        "looking for what is there twice",
        ints(20_000),
    ),
    Bomb(
        "R38-flatten",
        "fuel",
        main("get $l; calli list_flatten; pop; ret", "($l: list<list<int>>)", externs="list_flatten"),
        "10,000 times one list of 10,000",
        lambda: [[list(range(10_000))] * 10_000],
    ),
    Bomb(
        "R38-pow",
        "fuel",
        forever(
            "push 1; get $h; calli int_pow; push 1; eqi", locals_="$h: int = 9223372036854775807", externs="int_pow"
        ),
        "1 to a huge power",
        strict="fuel",
    ),
    Bomb(
        "R38-decode",
        "fuel",
        forever("get $s; calli base64_decode; is none", "($s: string)", externs="base64_decode"),
        "a long text that is no base 64",
        lambda: ["A" * 100_000 + "!"],
    ),
    Bomb(
        "R38-float",
        "fuel",
        forever("get $s; calli parse_float; is none", "($s: string)", externs="parse_float"),
        "digits of a float",
        lambda: ["9" * 1_000],
    ),
    Bomb(
        "R38-trim",
        "fuel",
        forever("get $s; calli string_trim; lens; push 0; eqi", "($s: string)", externs="string_trim"),
        "white space to its end",
        lambda: ["\u2003" * 100_000],
    ),
    Bomb(
        "R38-date",
        "fuel",
        forever('pushs "2024-02-29"; calli date_is_valid', externs="date_is_valid"),
        "dates",
        strict="fuel",
    ),
    Bomb(
        "R39-trap",
        "explicit",
        main(f'trap "{"x" * 1_000_000}"'),
        "a message of a megabyte",
        strict="file-too-large",
    ),
    Bomb(
        "R39-key",
        "missing-key",
        main("get $m; get $k; getm; pop; ret", "($m: map<int>, $k: string)"),
        "a missing key of 4 megabytes",
        lambda: [{}, "k" * 4_000_000],
        "value-too-large",
    ),
)
