"""What a call costs: ``paddlefx.optimize`` and Paddle's own SOT beside plain Paddle.

``python -m benchmarks.call`` measures and prints the table of goals; ``--json FILE`` keeps the
figures, from which ``python -m benchmarks.call.report FILE ...`` makes ``docs/call-path.md``.
"""
