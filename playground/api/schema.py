"""An independent opinion on every request: the pydantic models of aiogram describe the Bot API.

They know which parameters a method has, which must be there and their types; lengths are checked elsewhere. They
ignore what they do not know, so names are compared here.

Importing them takes a second and a half, once, when the first request is checked or ``load`` is called. It would be
seven: aiogram builds the validators of all its types while it is imported. Here that is put off, and only those of
the methods in use are built.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import threading
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from playground.api.params import Params, missing, wrong_type
from playground.errors import bad_request

_loading = threading.Lock()
TYPES = {
    "string_type": "String",
    "int_type": "Number",
    "int_parsing": "Number",
    "bool_type": "Boolean",
    "bool_parsing": "Boolean",
    "list_type": "Array",
    "model_type": "Object",
}


def load() -> Mapping[str, Any]:
    """Returns all methods of the Bot API by lower-case name, as pydantic models that ``_model`` makes ready for use.

    It may be called in a thread, so that an event loop goes on meanwhile; whoever asks while another loads waits.
    """
    with _loading:
        return _loaded()


def is_loaded() -> bool:
    """Tells whether the next check will not have to wait for the import."""
    return _loaded.cache_info().currsize > 0


@cache
def _loaded() -> Mapping[str, Any]:
    with _unbuilt_types():
        module = importlib.import_module("aiogram.methods")
    models = {}
    for name in module.__all__:
        model = getattr(module, name)
        method = getattr(model, "__api_method__", None)
        if isinstance(method, str):
            models[method.lower()] = model
    return models


@contextlib.contextmanager
def _unbuilt_types() -> Iterator[None]:
    """Keeps aiogram's types from building validators when they are imported in this block."""
    if "aiogram.types" in sys.modules:
        yield
        return
    original = BaseModel.__dict__["model_rebuild"]
    type.__setattr__(BaseModel, "model_rebuild", classmethod(lambda cls, **_: None))
    try:
        yield
    finally:
        type.__setattr__(BaseModel, "model_rebuild", original)


@cache
def _names() -> dict[str, Any]:
    """Tells what the annotations of aiogram's models refer to."""
    types = importlib.import_module("aiogram.types")
    default = importlib.import_module("aiogram.client.default").Default
    generic = {"List": list, "Optional": typing.Optional, "Union": typing.Union, "Literal": typing.Literal}
    return {**generic, "Default": default, **{name: getattr(types, name) for name in types.__all__}}


@cache
def _model(method: str) -> Any:
    """Returns the model of a method by its lower-case name, ready for use."""
    model = load()[method]
    model.model_rebuild(force=True, _types_namespace=_names())
    return model


def check(method: str, params: Params) -> None:
    """Raises the refusal for a parameter that is unknown, missing or of the wrong type.

    ``method`` is the name as Telegram writes it.
    """
    model = _model(method.lower())
    names = params.names()
    fields = model.model_fields
    extra = [name for name in names if name not in fields]
    if extra:
        raise bad_request(f'unknown parameter "{extra[0]}" in {method}')
    values = {name: params.values.get(name, f"attach://{name}") for name in names if name in fields}
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)) from None
    _check_nested(method, checked)


def _refusal(errors: list[Any]) -> Exception:
    """Tells what pydantic found wrong, in Telegram's words; a parameter that is not there at all comes first."""
    error = next((one for one in errors if one["type"] == "missing" and len(one["loc"]) == 1), errors[0])
    names = [part for part in error["loc"] if isinstance(part, str) and re.fullmatch(r"[a-z_]+", part)]
    name = names[-1]
    if error["type"] == "missing":
        return missing(name) if len(names) == 1 else bad_request(f'can\'t find field "{name}"')
    if (wanted := TYPES.get(error["type"])) is not None:
        return wrong_type(name, wanted)
    return bad_request(f'field "{name}" is wrong: {error["msg"]}')


def _check_nested(method: str, model: Any) -> None:
    """Refuses unknown names inside objects (a button with ``calback_data``) like those outside."""
    for name in type(model).model_fields:
        _check_value(method, name, getattr(model, name))


def _check_value(method: str, name: str, value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _check_value(method, name, one)
    elif hasattr(value, "model_extra"):
        if value.model_extra:
            unknown = next(iter(value.model_extra))
            raise bad_request(f'unknown field "{unknown}" in {name} of {method}')
        _check_nested(method, value)
