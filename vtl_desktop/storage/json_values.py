"""Frozen dataclasses to JSON and back, strictly: what is unknown, missing or of another type is an error."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

JsonValue = Any
"""None, bool, int, float, str, a list of these, or a dict of str to these."""

T = TypeVar("T")


class JsonMismatch(ValueError):  # noqa: N818
    """A value has no place in JSON, or JSON does not fit the type it is read as. Says where."""


def canonical(value: JsonValue) -> str:
    """One text for one value: keys sorted, no spaces, no NaN. What digests are taken of.

    Raises:
        JsonMismatch: a number is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def to_json(value: object) -> JsonValue:
    """A value of dataclasses, tuples, mappings and scalars as plain JSON values.

    Raises:
        JsonMismatch: holds a number that is not finite, or something that has no place in JSON.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise JsonMismatch(f"{value} is no finite number")
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: to_json(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    raise JsonMismatch(f"a {type(value).__name__} has no place in JSON")


def from_json(kind: type[T], data: JsonValue, where: str = "") -> T:
    """The value that `to_json` was given.

    Args:
        kind: a dataclass, a scalar, `tuple[X, ...]`, `tuple[X, Y]`, `list[X]`, `dict[str, X]`, or a union with None.
        data: what `json.loads` gave.
        where: the place in the document, for messages.

    Raises:
        JsonMismatch: naming the place where data and type do not fit.
    """
    return _from_any(kind, data, where or getattr(kind, "__name__", str(kind)))


def _from_any(kind: Any, data: JsonValue, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _from_union(get_args(kind), data, where)
    if origin in (tuple, list):
        return _from_list(kind, data, where)
    if origin is dict:
        if not isinstance(data, dict):
            raise JsonMismatch(f"{where}: expected names and values, found {_short(data)}")
        return {key: _from_any(get_args(kind)[1], item, f"{where}.{key}") for key, item in data.items()}
    if is_dataclass(kind):
        return _from_object(kind, data, where)
    return _scalar(kind, data, where)


def _scalar(kind: Any, data: JsonValue, where: str) -> Any:
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    fits = type(data) is kind if kind in (bool, int, float, str) else kind is type(None) and data is None
    if not fits:
        raise JsonMismatch(f"{where}: expected {getattr(kind, '__name__', kind)}, found {_short(data)}")
    return data


def _from_union(kinds: tuple[Any, ...], data: JsonValue, where: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    inner = [kind for kind in kinds if kind is not type(None)]
    if len(inner) != 1:
        raise JsonMismatch(f"{where}: a choice of several types cannot be read back")
    return _from_any(inner[0], data, where)


def _from_list(kind: Any, data: JsonValue, where: str) -> Any:
    if not isinstance(data, list):
        raise JsonMismatch(f"{where}: expected a list, found {_short(data)}")
    arguments = get_args(kind)
    if get_origin(kind) is list or (len(arguments) == 2 and arguments[1] is Ellipsis):
        kinds = [arguments[0]] * len(data)
    elif len(arguments) == len(data):
        kinds = list(arguments)
    else:
        raise JsonMismatch(f"{where}: expected {len(arguments)} items, found {len(data)}")
    items = [_from_any(each, item, f"{where}[{i}]") for i, (each, item) in enumerate(zip(kinds, data, strict=True))]
    return get_origin(kind)(items)


def _from_object(kind: Any, data: JsonValue, where: str) -> Any:
    if not isinstance(data, dict):
        raise JsonMismatch(f"{where}: expected names and values, found {_short(data)}")
    hints = _hints(kind)
    if unknown := sorted(set(data) - set(hints)):
        raise JsonMismatch(f"{where}: unknown {', '.join(unknown)}")
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(required - set(data)):
        raise JsonMismatch(f"{where}: {', '.join(missing)} missing")
    return kind(**{name: _from_any(hints[name], item, f"{where}.{name}") for name, item in data.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _short(data: JsonValue) -> str:
    text = json.dumps(data, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}..."
