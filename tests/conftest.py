"""What every test session shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci",
    settings.get_profile("default"),
    derandomize=True,  # a red CI run is red again when it is run again
    print_blob=True,
)
settings.load_profile("ci" if os.environ.get("CI") else "default")
