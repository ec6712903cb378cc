"""Which public functions of Paddle are captured: ``python -m benchmarks.paddle_api``."""
