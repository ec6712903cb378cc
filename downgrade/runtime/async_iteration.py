"""An asynchronous iterator over what is not asynchronous."""

from __future__ import annotations

from typing import Iterable, TypeVar

__all__ = ["aiter_of"]

_Item = TypeVar("_Item")


class aiter_of:
    """Iterate over ``items`` with ``async for``, without ever waiting."""

    def __init__(self, items: Iterable[_Item]) -> None:
        """Ask ``items`` for its iterator, as ``for`` does at once."""
        self._iterator = iter(items)

    def __aiter__(self) -> aiter_of:
        """Give itself."""
        return self

    async def __anext__(self) -> object:
        """Give the next item."""
        for item in self._iterator:
            return item
        raise StopAsyncIteration
