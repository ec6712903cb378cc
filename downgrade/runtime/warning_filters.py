"""``warnings.catch_warnings(action=...)`` (3.11)."""

from __future__ import annotations

import warnings
from typing import Any, Optional, Type

__all__ = ["catch_warnings"]

_catch_warnings: Any = warnings.catch_warnings


class catch_warnings(_catch_warnings):  # type: ignore[misc]
    """With an ``action``, the filter that it means is set inside."""

    def __init__(
        self,
        *,
        record: bool = False,
        module: Any = None,
        action: Optional[str] = None,
        category: Type[Warning] = Warning,
        lineno: int = 0,
        append: bool = False,
    ) -> None:
        super().__init__(record=record, module=module)
        self._simple_filter = (action, category, lineno, append)

    def __enter__(self) -> Any:
        log = super().__enter__()
        if self._simple_filter[0] is not None:
            filter_: Any = warnings.simplefilter
            filter_(*self._simple_filter)
        return log
