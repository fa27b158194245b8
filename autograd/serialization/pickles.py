"""A reader of pickles that can only make data: it interprets the opcodes itself, and a name in a pickle means nothing
but what the reader's own table says.

Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py. Those that PyTorch's files consist of in any of
the protocols 1 to 5 are known. Those that find code by other ways (extensions, instances of old classes) are not.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from .malformed import CheckpointError, Keys, expect
from .source import Source

MAPPINGS = (dict, OrderedDict, Counter)
SIZED = (str, bytes, bytearray, tuple, list, dict, set, frozenset)


class Function:
    """A name that a pickle may call: what it stands for is chosen by the reader, not by the pickle."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name, self.call = name, call


CONSTANTS: dict[bytes, Callable[[], Any]] = {
    b"N": lambda: None, b"\x88": lambda: True, b"\x89": lambda: False,
    b")": tuple, b"]": list, b"}": dict, b"\x8f": set,
}  # fmt: skip
NUMBERS = {
    b"K": struct.Struct("<B"), b"M": struct.Struct("<H"), b"J": struct.Struct("<i"), b"G": struct.Struct(">d"),
}  # fmt: skip
# What is preceded by its length: the length's form, and what becomes of the bytes.
TEXT, BYTES, OLD_TEXT, LONG = "text", "bytes", "old text", "long"
COUNTED = {
    b"\x8c": (1, TEXT), b"X": (4, TEXT), b"\x8d": (8, TEXT), b"C": (1, BYTES), b"B": (4, BYTES), b"\x8e": (8, BYTES),
    b"\x96": (8, "bytearray"), b"U": (1, OLD_TEXT), b"T": (4, OLD_TEXT), b"\x8a": (1, LONG), b"\x8b": (4, LONG),
}  # fmt: skip
GET = {b"h": 1, b"j": 4}
PUT = {b"q": 1, b"r": 4}
TUPLES = {b"\x85": 1, b"\x86": 2, b"\x87": 3}
MODULES = {"__builtin__": "builtins", "torch.tensor": "torch._tensor"}  # as they were called


class Machine:
    """Runs one pickle program. `names(name)` is what a global stands for, None if it may not be used;
    `persistent(identity)` is an object outside of the pickle."""

    def __init__(self, source: Source, names: Callable[[str], Any], persistent: Callable[[Any], Any]) -> None:
        self.source, self.names, self.persistent = source, names, persistent
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        self.keys = Keys()
        self.allowance = source.remaining  # how many items of arguments functions may still be given

    def run(self) -> Any:
        """The object that the program leaves."""
        read = self.source.read
        while True:
            code = read(1)
            if code == b".":
                expect(len(self.stack) == 1 and not self.marks, "a pickle that leaves no object, or more than one")
                return self.stack[0]
            if code in GET:
                self.stack.append(self.memo[number(read(GET[code]))])
            elif code in PUT:
                self.memo[number(read(PUT[code]))] = self.top()
            elif code in COUNTED:
                self.stack.append(self.counted(*COUNTED[code]))
            elif code in NUMBERS:
                self.stack.append(NUMBERS[code].unpack(read(NUMBERS[code].size))[0])
            elif code in CONSTANTS:
                self.stack.append(CONSTANTS[code]())
            elif code in TUPLES:
                self.stack.append(tuple(self.pop(TUPLES[code])))
            else:
                step = STEPS.get(code)
                if step is None:
                    raise CheckpointError(f"the pickle opcode {code!r}, which no file of PyTorch's holds")
                step(self)

    # ---- the stack

    def top(self) -> Any:
        expect(self.stack, "a pickle that takes from an empty stack")
        return self.stack[-1]

    def pop(self, count: int) -> list[Any]:
        expect(len(self.stack) >= count, "a pickle that takes from an empty stack")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def marked(self) -> list[Any]:
        """All above the last mark."""
        expect(self.marks, "a pickle that goes back to a mark which it has not made")
        items, self.stack = self.stack, self.marks.pop()
        return items

    def counted(self, size: int, kind: str) -> Any:
        length = number(self.source.read(size))
        data = self.source.read(length)
        if kind == TEXT:
            return str(data, "utf-8", "surrogatepass")
        if kind == OLD_TEXT:
            return str(data, "utf-8")
        if kind == LONG:
            return int.from_bytes(data, "little", signed=True)
        return data if kind == BYTES else bytearray(data)

    # ---- opcodes

    def protocol(self) -> None:
        version = self.source.read(1)[0]
        expect(version <= 5, f"a pickle of the protocol {version}: 5 is the last that is known")

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def discard(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.marked()

    def discard_marked(self) -> None:
        self.marked()

    def duplicate(self) -> None:
        self.stack.append(self.top())

    def memoize(self) -> None:
        self.memo[len(self.memo)] = self.top()

    def frame(self) -> None:
        expect(number(self.source.read(8)) <= self.source.remaining, "a pickle that is truncated")

    def integer(self) -> None:
        digits = self.source.line(30)
        self.stack.append({b"00": False, b"01": True}[digits] if digits in (b"00", b"01") else int(digits))

    def long(self) -> None:
        self.stack.append(int(self.source.line(1000).removesuffix(b"L")))

    def tuple(self) -> None:
        items = tuple(self.marked())
        self.stack.append(items)

    def list(self) -> None:
        items = self.marked()
        self.stack.append(items)

    def dict(self) -> None:
        items = self.marked()
        self.stack.append({})
        self.set(items)

    def frozen(self) -> None:
        items = self.marked()
        self.stack.append(frozenset(map(self.keys.check, items)))

    def append(self) -> None:
        self.extend(self.pop(1))

    def appends(self) -> None:
        self.extend(self.marked())

    def extend(self, items: Any) -> None:
        expect(type(self.top()) is list, "a pickle that appends to what is no list")
        self.stack[-1].extend(items)

    def add_items(self) -> None:
        items = self.marked()
        expect(type(self.top()) is set, "a pickle that adds to what is no set")
        self.stack[-1].update(map(self.keys.check, items))

    def set_item(self) -> None:
        self.set(self.pop(2))

    def set_items(self) -> None:
        self.set(self.marked())

    def set(self, items: Any) -> None:
        expect(type(self.top()) in MAPPINGS, "a pickle that sets an item of what is no dict")
        expect(len(items) % 2 == 0, "a pickle with a key without a value")
        for key, value in zip(items[::2], items[1::2]):
            self.stack[-1][self.keys.check(key)] = value

    def find_line(self) -> None:
        module, name = (self.source.line(200).decode("utf-8") for _ in range(2))
        self.find(module, name)

    def find_text(self) -> None:
        module, name = self.pop(2)
        expect(type(module) is str and type(name) is str, "a pickle that asks for a name which is no text")
        self.find(module, name)

    def find(self, module: str, name: str) -> None:
        """Puts what the table has for a name, and only that."""
        full = f"{MODULES.get(module, module)}.{name}"
        known = self.names(full)
        if known is None:
            package = module.split(".")[0][:200]
            there = "this program defines it" if package == "__main__" else f"{package} is installed"
            raise CheckpointError(
                f"it asks for {full[:200]}, which is not among the names that dense tensors of NumPy's dtypes need. If "
                f"you trust whoever made the file with running any code here, and {there}, load(..., "
                "weights_only=False) loads it."
            )
        self.stack.append(known)

    def call(self) -> None:
        function, arguments = self.pop(2)
        expect(type(function) is Function, "a pickle that calls what is no function")
        expect(type(arguments) is tuple, "a pickle that calls a function without a tuple of arguments")
        # What functions make is a copy of what they are given, and a pickle can give the same thing many times.
        self.allowance -= sum(len(item) for item in arguments if isinstance(item, SIZED))
        expect(self.allowance >= 0, "a pickle that makes more than it holds")
        self.stack.append(function.call(*arguments))

    def build(self) -> None:
        """Gives an object its attributes; only a module's state_dict() has one, which says what versions it is of."""
        (state,) = self.pop(1)
        target = self.top()
        known = type(target) is OrderedDict and type(state) is dict and set(state) <= {"_metadata"}
        expect(known, f"a pickle that sets attributes of a {type(target).__name__}")
        vars(target).update(state)

    def load_persistent(self) -> None:
        (identity,) = self.pop(1)
        self.stack.append(self.persistent(identity))


def number(data: bytes) -> int:
    """A length or an index."""
    return int.from_bytes(data, "little")


STEPS: dict[bytes, Callable[[Machine], None]] = {
    b"\x80": Machine.protocol, b"(": Machine.mark, b"0": Machine.discard, b"2": Machine.duplicate,
    b"1": Machine.discard_marked, b"\x94": Machine.memoize, b"\x95": Machine.frame,
    b"I": Machine.integer, b"L": Machine.long, b"t": Machine.tuple, b"l": Machine.list, b"d": Machine.dict,
    b"\x91": Machine.frozen, b"a": Machine.append, b"e": Machine.appends, b"\x90": Machine.add_items,
    b"s": Machine.set_item, b"u": Machine.set_items, b"c": Machine.find_line, b"\x93": Machine.find_text,
    b"R": Machine.call, b"\x81": Machine.call, b"b": Machine.build, b"Q": Machine.load_persistent,
}  # fmt: skip
