"""Plain data as bytes and back, through msgpack, for files that nobody vouches for.

Takes plain data, which is None, bool, int, float, str, bytes, and lists and string-keyed dicts of plain data; gives
bytes in one form: keys sorted, the shortest encoding of every number, no time and no machine in them, so that equal
data has equal bytes. Takes bytes or a file; gives plain data, or a ManifestError that says what is wrong:

    manifest-too-large       more bytes than `Limits.manifest_bytes`; the size is looked at before anything is read
    manifest-not-msgpack     the first byte begins no map, or a later one begins nothing
    manifest-truncated       the bytes end inside a value          manifest-trailing-data   they go on after it
    manifest-duplicate-key   msgpack itself lets the last one win  manifest-bad-utf8        a text that is none
    manifest-shape           a key that is no text, an extension type, an integer beyond 64 bits, nesting deeper than
                             `DEPTH`, more than `ENTRIES` entries, a text or bytes longer than `LENGTH`

msgpack decodes its timestamp extension without asking anyone, so the result is walked to the end all the same. One
decoder reads one file and is thrown away: reusing one after an error was unsafe in versions before 1.2.1.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

import msgpack

from vcvm_core.errors import error
from vcvm_core.files import read_file
from vcvm_core.limits import Limits

SKELETON_DEPTH: Final = 8
"""How deep the lists and maps of a manifest itself are nested, values of example vectors left out."""

VALUE_DEPTH: Final = 32
"""How deep a value in an example vector may be nested."""

DEPTH: Final = SKELETON_DEPTH + 2 * VALUE_DEPTH
"""Of everything: a map may be written as a list in a map."""
ENTRIES: Final = 4_096
"""The most entries of one list or map."""

LENGTH: Final = 4_096
"""The most characters of one text, and bytes of one bytes value."""

INT_LOW: Final = -(1 << 63)
INT_HIGH: Final = (1 << 63) - 1

NAMES: Final = {
    type(None): "nothing", bool: "a bool", int: "an integer", float: "a float", str: "a text", bytes: "bytes",
    list: "a list", dict: "a map",
}  # fmt: skip
"""The classes of plain data, and their names in messages."""


def pack(data: dict[str, Any]) -> bytes:
    """`data` in its one form. Raises ManifestError (manifest-shape) for what could not be read back."""
    check_plain(data)
    return packed(data)


def packed(data: dict[str, Any]) -> bytes:
    """`data`, of which it is known that it is plain and within the limits, in its one form."""
    return bytes(msgpack.packb(_ordered(data), use_bin_type=True))


def unpack(data: bytes, limits: Limits = Limits.default) -> dict[str, Any]:
    """The plain data that `data` spells; its outermost value is a map. Raises ManifestError, as the head says."""
    if len(data) > limits.manifest_bytes:
        raise error("manifest-too-large", limit=limits.manifest_bytes)
    if not data:
        raise error("manifest-truncated", size=0)
    if not (0x80 <= data[0] <= 0x8F or data[0] in (0xDE, 0xDF)):
        raise error("manifest-not-msgpack", reason="its first byte does not begin a map")
    decoder = msgpack.Unpacker(
        raw=False,
        strict_map_key=True,
        object_pairs_hook=_map,
        max_buffer_size=len(data),
        max_str_len=4 * LENGTH,
        max_bin_len=LENGTH,
        max_array_len=ENTRIES,
        max_map_len=ENTRIES,
        max_ext_len=LENGTH,
    )
    decoder.feed(data)
    try:
        result: dict[str, Any] = decoder.unpack()
    except msgpack.OutOfData as e:
        raise error("manifest-truncated", size=len(data)) from e
    except UnicodeDecodeError as e:
        raise error("manifest-bad-utf8", reason=e.reason) from e
    except msgpack.StackError as e:
        raise error("manifest-shape", where="the manifest", expected="shallow", found="lists in lists") from e
    except msgpack.FormatError as e:
        raise error("manifest-not-msgpack", reason="a byte that msgpack does not use") from e
    except ValueError as e:
        # Lengths beyond the ones above, keys of other types, a timestamp that is none: msgpack's own words say which.
        raise error("manifest-shape", where="the manifest", expected="within the limits", found=e) from e
    left = len(data) - decoder.tell()
    if left:
        raise error("manifest-trailing-data", left=left)
    check_plain(result)
    return result


def check_plain(data: dict[str, Any]) -> None:
    """Raises ManifestError (manifest-shape) unless `data` is plain data within the limits of a manifest."""
    _check(data, DEPTH - 1)


def read_bounded(path: str, limits: Limits = Limits.default) -> bytes:
    """The bytes of a regular file of at most `Limits.manifest_bytes`. Raises PackError (unreadable-manifest),
    ManifestError (manifest-too-large). Nothing is read of a file that is too large; a pipe does not block."""
    return read_file(path, limits.manifest_bytes, "manifest-too-large", failed="unreadable-manifest", empty=True)


def _map(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise error("manifest-duplicate-key", name=key)
            seen.add(key)
    return result


def _check(value: Any, depth: int) -> None:
    """Raises ManifestError unless all that a list or map holds is plain data within the limits.

    depth: how much deeper it may be nested. Scalars are looked at in place: a manifest holds thousands.
    """
    if len(value) > ENTRIES:
        _refuse(f"a list or map of at most {ENTRIES} entries", f"one of {len(value)}")
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                _refuse("a map with texts as keys", f"one with {NAMES.get(type(key), type(key).__name__)}")
            _check_text(key)
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is str:
            _check_text(item)
        elif kind is list or kind is dict:
            if depth == 0:
                _refuse(f"nested at most {DEPTH} deep", "more")
            _check(item, depth - 1)
        elif kind is int:
            if not INT_LOW <= item <= INT_HIGH:
                _refuse("an integer of 64 bits", "a larger one")
        elif kind is bytes:
            if len(item) > LENGTH:
                _refuse(f"at most {LENGTH} bytes", len(item))
        elif kind not in NAMES:
            _refuse("plain data", f"the msgpack extension or Python type {kind.__name__}")


def _check_text(text: str) -> None:
    if len(text) > LENGTH:
        _refuse(f"a text of at most {LENGTH} characters", f"one of {len(text)}")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            _refuse("a text of whole characters", "one with half of a surrogate pair")


def _refuse(expected: str, found: object) -> NoReturn:
    raise error("manifest-shape", where="every value of a manifest", expected=expected, found=found)


def _ordered(value: Any) -> Any:
    """A copy of plain data with the keys of every map sorted."""
    kind = type(value)
    if kind is dict:
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if kind is list else value
