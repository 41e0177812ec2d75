"""What Python cannot say, for mypy: `db.change`, `bulk.changed` and `states.advance` take each of a model's columns,
with its type, and need none of them. `db.add` and `bulk.row` have the same from the model's constructor by a ParamSpec,
which keeps what is needed."""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import ARG_NAMED_OPT, ARG_STAR2
from mypy.plugin import FunctionSigContext, Plugin
from mypy.types import CallableType, FunctionLike, Instance, ProperType, Type, get_proper_type
from typing_extensions import override

# Their first argument names the model: it is the class itself, or a machine of its states.
_CHANGES = (
    *("app.core.db.writes.change", "app.core.db.bulk.changed"),
    *("app.core.states.advance", "app.core.states.advance_all"),
)


class RowsPlugin(Plugin):
    """Gives `db.change(Order, …)` and `states.advance(ORDER, …)` the columns of `Order`; where the model is not known,
    they take whatever they declare."""

    @override
    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """See mypy's "Extending and integrating mypy"."""
        return _with_columns if fullname in _CHANGES else None


def _with_columns(call: FunctionSigContext) -> FunctionLike:
    declared = call.default_signature
    columns = _constructor(get_proper_type(call.api.get_expression_type(call.args[0][0]))) if call.args[0] else None
    if columns is None or declared.arg_kinds[-1] != ARG_STAR2:
        return declared
    every = [
        *_arguments(declared)[:-1],
        *(each for each in _arguments(columns)[1:] if each[0] not in declared.arg_names),
    ]
    optional = [ARG_NAMED_OPT] * (len(every) - len(declared.arg_names) + 1)
    return declared.copy_modified(
        arg_names=[name for name, _ in every],
        arg_types=[type_ for _, type_ in every],
        arg_kinds=[*declared.arg_kinds[:-1], *optional],
    )


def _arguments(of: CallableType) -> list[tuple[str | None, Type]]:
    return list(zip(of.arg_names, of.arg_types, strict=True))


def _constructor(named_by: ProperType) -> CallableType | None:
    model = get_proper_type(named_by.ret_type if isinstance(named_by, CallableType) else _first_argument(named_by))
    method = model.type.get_method("__init__") if isinstance(model, Instance) else None
    found = get_proper_type(method.type) if method is not None and method.type is not None else None
    return found if isinstance(found, CallableType) and found.arg_kinds[-1] != ARG_STAR2 else None


def _first_argument(machine: ProperType) -> ProperType | None:
    return get_proper_type(machine.args[0]) if isinstance(machine, Instance) and machine.args else None


def plugin(_version: str) -> type[Plugin]:
    """What mypy calls at its start."""
    return RowsPlugin
