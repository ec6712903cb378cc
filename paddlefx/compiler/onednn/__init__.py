"""The ``onednn`` backend: convolutions and products of matrices by the oneDNN in Paddle's wheel.

Gradients flow through them, and nothing is compiled in: weights may change. The rest is Paddle's.
"""

from __future__ import annotations

from .onednn_compiler import OneDNNCompiler

__all__ = ["OneDNNCompiler"]
