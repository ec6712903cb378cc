from hypothesis import settings
import sys
def test_x():
    print(settings().deadline, settings.default.deadline, settings._current_profile, [m for m in sys.modules if "conftest" in m])
    assert settings.default.deadline is None, settings.default.deadline
