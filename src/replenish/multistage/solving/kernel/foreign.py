"""Calls of C functions by address, and views of memory by address, from compiled code.

Addresses are plain integers handed in at run time, so compiled code can be kept on disk; it would be refused if it held
the address of a function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

_make_array: Any = make_array  # numba has no types for these
_populate_array: Any = populate_array
DOUBLE = 8
"""Bytes of a double: steps from one to the next at an address."""
_KINDS = {"p": ir.IntType(8).as_pointer(), "i": ir.IntType(32), "d": ir.DoubleType()}


def _foreign(kinds: str) -> Callable[..., Any]:
    """Return a call of a C function that takes pointers (p), 32-bit integers (i) and doubles (d) and returns an int."""

    @intrinsic
    def call(typingctx: Any, address: Any, arguments: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, pack = values
            passed = [_converted(builder, kind, builder.extract_value(pack, k)) for k, kind in enumerate(kinds)]
            shape = ir.FunctionType(ir.IntType(32), [_KINDS[kind] for kind in kinds])
            return builder.call(builder.inttoptr(target, shape.as_pointer()), passed)

        return types.int32(address, arguments), generate

    return call


def _converted(builder: Any, kind: str, value: Any) -> Any:
    """Return a 64-bit integer as a pointer or a 32-bit integer; a double as it is."""
    if kind == "p":
        return builder.inttoptr(value, _KINDS["p"])
    return builder.trunc(value, _KINDS["i"]) if kind == "i" else value


call_p = _foreign("p")
call_pp = _foreign("pp")
call_pii = _foreign("pii")
call_pip = _foreign("pip")
call_piid = _foreign("piid")
call_pipp = _foreign("pipp")
call_piip = _foreign("piip")
call_piipp = _foreign("piipp")
call_pippp = _foreign("pippp")
call_ppp = _foreign("ppp")
call_ppppp = _foreign("ppppp")
call_pippippp = _foreign("pippippp")


def _view(kind: Any) -> Callable[..., Any]:
    """Return a function that makes an address and a count an array of numbers of one kind."""

    @intrinsic
    def view(typingctx: Any, address: Any, count: Any) -> Any:
        array = types.Array(kind, 1, "C")

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            place, size = values
            item = context.get_constant(types.intp, kind.bitwidth // 8)
            found = _make_array(array)(context, builder)
            data = builder.inttoptr(place, context.get_data_type(kind).as_pointer())
            _populate_array(found, data=data, shape=(size,), strides=(item,), itemsize=item, meminfo=None)
            return found._getvalue()

        return array(types.int64, types.int64), generate

    return view


doubles = _view(types.float64)  # (address, count) -> array
integers = _view(types.int64)
words = _view(types.int32)
