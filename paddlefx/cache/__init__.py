"""Compiled code by the code it was made from."""

from .manager import CacheManager, GuardedCode

__all__ = ["CacheManager", "GuardedCode"]
