"""The tasks of `tasks.py` in the languages of the peers.

Takes nothing; gives a table of texts by language and task. A cell holds a text, or the reason why there is none.
"""

from __future__ import annotations

from typing import Final


class Cannot(str):
    """Why a language cannot express a task."""

    __slots__ = ()


_NO_LOOP: Final = Cannot("an expression language without a loop that carries a value")
_NO_RECURSION: Final = Cannot("an expression language without functions of its own")
_NO_RECORDS: Final = Cannot("it has numbers, and no records or strings")

_CEL: Final = {
    "intrinsic": "numbers.filter(i, inside(i)).size()",
    "enter": "n + 1",
    "numeric": _NO_LOOP,
    "scramble": _NO_LOOP,
    "fib": _NO_RECURSION,
    "rule": 'age >= 18 && customer != "" && items >= 1 && items <= 1000 && total > 0.0 && (paid || total <= 500.0) '
    '&& (member || discount <= 0.2) && address.country in ["DE", "FR", "NL"]',
}

_WORDS: Final = (
    'age >= 18 and customer != "" and items >= 1 and items <= 1000 and total > 0.0 and (paid or total <= 500.0) '
    'and (member or discount <= 0.2) and address.country in ["DE", "FR", "NL"]'
)
"""The rule in the languages that write `and`."""

TEXTS: Final[dict[str, dict[str, str]]] = {
    "python": {
        "intrinsic": """
def main(n):
    count = 0
    for i in range(n):
        if inside(i):
            count = count + 1
    return count
""",
        "enter": "def main(n):\n    return n + 1\n",
        "numeric": """
def main(n):
    total = 0
    for i in range(n):
        total = total + i * i % 7
    return total
""",
        "scramble": """
def main(n, factor):
    state = 1
    for i in range(n):
        state = ((state * factor + 12345) % 2147483647) ^ i
    return state
""",
        "fib": "def main(n):\n    return n if n < 2 else main(n - 1) + main(n - 2)\n",
        "rule": """
def main(order):
    return (
        order["age"] >= 18
        and order["customer"] != ""
        and order["items"] >= 1
        and order["items"] <= 1000
        and order["total"] > 0.0
        and (order["paid"] or order["total"] <= 500.0)
        and (order["member"] or order["discount"] <= 0.2)
        and order["address"]["country"] in ("DE", "FR", "NL")
    )
""",
    },
    "lua": {
        "intrinsic": """
return function(n)
    local count = 0
    for i = 0, n - 1 do
        if inside(i) then count = count + 1 end
    end
    return count
end
""",
        "enter": "return function(n) return n + 1 end",
        "numeric": """
return function(n)
    local total = 0
    for i = 0, n - 1 do total = total + i * i % 7 end
    return total
end
""",
        "scramble": """
return function(n, factor)
    local state = 1
    for i = 0, n - 1 do state = ((state * factor + 12345) % 2147483647) ~ i end
    return state
end
""",
        "fib": """
local function fib(n)
    if n < 2 then return n end
    return fib(n - 1) + fib(n - 2)
end
return fib
""",
        "rule": """
local countries = {DE = true, FR = true, NL = true}
return function(order)
    return order.age >= 18
        and order.customer ~= ""
        and order.items >= 1
        and order.items <= 1000
        and order.total > 0.0
        and (order.paid or order.total <= 500.0)
        and (order.member or order.discount <= 0.2)
        and countries[order.address.country] == true
end
""",
    },
    "javascript": {
        "intrinsic": """
(function (n) {
    let count = 0;
    for (let i = 0; i < n; i++) if (inside(i)) count++;
    return count;
})
""",
        "enter": "(n => n + 1)",
        "numeric": """
(function (n) {
    let total = 0;
    for (let i = 0; i < n; i++) total += i * i % 7;
    return total;
})
""",
        "scramble": """
(function (n, factor) {
    let state = 1;
    for (let i = 0; i < n; i++) state = ((state * factor + 12345) % 2147483647) ^ i;
    return state;
})
""",
        "fib": "(function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); })",
        "rule": """
(function (order) {
    return order.age >= 18
        && order.customer !== ""
        && order.items >= 1
        && order.items <= 1000
        && order.total > 0.0
        && (order.paid || order.total <= 500.0)
        && (order.member || order.discount <= 0.2)
        && ["DE", "FR", "NL"].includes(order.address.country);
})
""",
    },
    "wasm": {
        "intrinsic": """
(module
  (import "host" "inside" (func $inside (param i64) (result i32)))
  (func (export "main") (param $n i64) (result i64) (local $i i64) (local $count i64)
    (block $end
      (loop $again
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (if (call $inside (local.get $i)) (then (local.set $count (i64.add (local.get $count) (i64.const 1)))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $again)))
    (local.get $count)))
""",
        "enter": """
(module (func (export "main") (param $n i64) (result i64) (i64.add (local.get $n) (i64.const 1))))
""",
        "numeric": """
(module
  (func (export "main") (param $n i64) (result i64) (local $i i64) (local $total i64)
    (block $end
      (loop $again
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $total
          (i64.add (local.get $total) (i64.rem_s (i64.mul (local.get $i) (local.get $i)) (i64.const 7))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $again)))
    (local.get $total)))
""",
        "scramble": """
(module
  (func (export "main") (param $n i64) (param $factor i64) (result i64) (local $i i64) (local $state i64)
    (local.set $state (i64.const 1))
    (block $end
      (loop $again
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $state
          (i64.xor
            (i64.rem_s
              (i64.add (i64.mul (local.get $state) (local.get $factor)) (i64.const 12345))
              (i64.const 2147483647))
            (local.get $i)))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $again)))
    (local.get $state)))
""",
        "fib": """
(module
  (func $fib (export "main") (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
      (then (local.get $n))
      (else
        (i64.add
          (call $fib (i64.sub (local.get $n) (i64.const 1)))
          (call $fib (i64.sub (local.get $n) (i64.const 2))))))))
""",
        "rule": _NO_RECORDS,
    },
    "cel": _CEL,
    "zen": {
        "intrinsic": Cannot("no functions of the host in an expression"),
        "enter": "n + 1",
        "numeric": "sum(map(numbers, # * # % 7))",
        "scramble": _NO_LOOP,
        "fib": _NO_RECURSION,
        "rule": _WORDS,
    },
    "rule-engine": {
        "intrinsic": "[i for i in numbers if inside(i)].length",
        "enter": "n + 1",
        "numeric": "$sum([i * i % 7 for i in numbers])",
        "scramble": _NO_LOOP,
        "fib": _NO_RECURSION,
        "rule": _WORDS,
    },
    "simpleeval": {
        "intrinsic": "len([i for i in numbers if inside(i)])",
        "enter": "n + 1",
        "numeric": "sum([i * i % 7 for i in numbers])",
        "scramble": _NO_LOOP,
        "fib": _NO_RECURSION,
        "rule": _WORDS.replace("address.country", 'address["country"]'),
    },
    "json-logic": {
        "intrinsic": """
{"reduce": [{"var": "numbers"},
  {"+": [{"var": "accumulator"}, {"if": [{"inside": [{"var": "current"}]}, 1, 0]}]}, 0]}
""",
        "enter": '{"+": [{"var": "n"}, 1]}',
        "numeric": """
{"reduce": [{"var": "numbers"},
  {"+": [{"var": "accumulator"}, {"%": [{"*": [{"var": "current"}, {"var": "current"}]}, 7]}]}, 0]}
""",
        "scramble": Cannot("no exclusive or"),
        "fib": _NO_RECURSION,
        "rule": """
{"and": [
  {">=": [{"var": "age"}, 18]},
  {"!=": [{"var": "customer"}, ""]},
  {"<=": [1, {"var": "items"}, 1000]},
  {">": [{"var": "total"}, 0.0]},
  {"or": [{"var": "paid"}, {"<=": [{"var": "total"}, 500.0]}]},
  {"or": [{"var": "member"}, {"<=": [{"var": "discount"}, 0.2]}]},
  {"in": [{"var": "address.country"}, ["DE", "FR", "NL"]]}]}
""",
    },
}
"""By language, then by the name of the task's text."""
