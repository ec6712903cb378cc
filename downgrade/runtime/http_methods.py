"""``http.HTTPMethod`` (3.11)."""

from __future__ import annotations

from typing import Any

from .enumerations import StrEnum

__all__ = ["HTTPMethod"]


class HTTPMethod(StrEnum):
    """``http.HTTPMethod``: the methods and what they are for."""

    description: str

    def __new__(cls, value: str, description: str) -> Any:
        """Create a member."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.description = description
        return made

    def __repr__(self) -> str:
        """Give the name, with the class's."""
        return f"<{type(self).__name__}.{self._name_}>"

    CONNECT = "CONNECT", "Establish a connection to the server."
    DELETE = "DELETE", "Remove the target."
    GET = "GET", "Retrieve the target."
    HEAD = "HEAD", "Same as GET, but only retrieve the status line and header section."
    OPTIONS = "OPTIONS", "Describe the communication options for the target."
    PATCH = "PATCH", "Apply partial modifications to a target."
    POST = "POST", "Perform target-specific processing with the request payload."
    PUT = "PUT", "Replace the target with the request payload."
    TRACE = "TRACE", "Perform a message loop-back test along the path to the target."
