"""Models from PyPI packages, run under ``paddlefx.optimize`` and under Paddle's own SOT.

``python -m benchmarks.models`` runs them all, each in a process of its own, and writes JSON;
``python -m benchmarks.models.report`` makes the tables of ``docs/models.md`` from it.
"""
