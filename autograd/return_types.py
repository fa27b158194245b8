"""The named tuples that functions with several results return: `x.max(dim=0).indices`, as in `torch.return_types`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any


class ReturnType(tuple):
    """A tuple whose items have names as well."""

    __slots__ = ()
    fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        items = ",\n".join(f"{field}={value!r}" for field, value in zip(self.fields, self))
        return f"torch.return_types.{type(self).__name__}(\n{items})"


def named(name: str, *fields: str) -> Any:
    """A return type, made from a sequence of its fields' values."""
    namespace: dict[str, Any] = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
    return type(name, (ReturnType,), {**namespace, "__slots__": (), "__module__": __name__, "fields": fields})


aminmax = named("aminmax", "min", "max")
cummax = named("cummax", "values", "indices")
cummin = named("cummin", "values", "indices")
frexp = named("frexp", "mantissa", "exponent")
kthvalue = named("kthvalue", "values", "indices")
max = named("max", "values", "indices")
median = named("median", "values", "indices")
min = named("min", "values", "indices")
mode = named("mode", "values", "indices")
nanmedian = named("nanmedian", "values", "indices")
sort = named("sort", "values", "indices")
topk = named("topk", "values", "indices")
