"""Attributes that came after 3.8, as functions: what has the attribute is asked for it."""

from __future__ import annotations

import http
import traceback
from typing import Any

__all__ = [
    "exc_type_str",
    "is_client_error",
    "is_informational",
    "is_redirection",
    "is_server_error",
    "is_success",
]


def exc_type_str(error: Any) -> Any:
    """``TracebackException.exc_type_str`` of 3.13."""
    if hasattr(error, "exc_type_str") or not isinstance(error, traceback.TracebackException):
        return error.exc_type_str
    cls: Any = error.exc_type
    if cls is None:
        return None
    if cls.__module__ in ("__main__", "builtins"):
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_of(status: Any, name: str, hundreds: int) -> Any:
    if hasattr(status, name) or not isinstance(status, http.HTTPStatus):
        return getattr(status, name)
    return status // 100 == hundreds


def is_informational(status: Any) -> Any:
    """``HTTPStatus.is_informational`` of 3.12."""
    return _is_of(status, "is_informational", 1)


def is_success(status: Any) -> Any:
    """``HTTPStatus.is_success`` of 3.12."""
    return _is_of(status, "is_success", 2)


def is_redirection(status: Any) -> Any:
    """``HTTPStatus.is_redirection`` of 3.12."""
    return _is_of(status, "is_redirection", 3)


def is_client_error(status: Any) -> Any:
    """``HTTPStatus.is_client_error`` of 3.12."""
    return _is_of(status, "is_client_error", 4)


def is_server_error(status: Any) -> Any:
    """``HTTPStatus.is_server_error`` of 3.12."""
    return _is_of(status, "is_server_error", 5)
