"""Constants that readers of foreign .pyc files get wrong; compiled by make.py for each version."""

INTEGERS = (
    -1, 2147483647, -2147483648, 2147483648, -2147483649, 32768 ** 3, -(32768 ** 3),
    123456789012345678901234567890, -123456789012345678901234567890, 1 << 200, -(1 << 200),
)
FLOATS = (0.0, -0.0, 1e400, -1e400, 1e-320, 3.14, 1j, -0.0j, 2.5 - 3j)
TEXTS = ("\ud800", "a\udcffb", "\xe9", "\u4e2d", "\U0001f600", "", "x" * 300, "\x00", "\xff" * 3)
BYTES = (b"", b"\xff\x00", b"x" * 300)
OTHERS = (None, True, False, ..., (), ((),), (1, (2.0, (True, "3"))))


def sets(x):
    return x in {1, "a", -99999999999999999999, (1, 2)} or x not in {"\ud800", None}


def shared(a, b):
    again = (1, 2, "shared"), (1, 2, "shared"), "a name that is interned", "a name that is interned"
    return again, -99999999999999999999, {"k": 99999999999999999999}, a_long_name, a_long_name


def a_long_name(é, *, 中=-10 ** 30):
    def closure():
        return é, 中, -(10 ** 40)

    return closure


def slices(x):
    return x[1:2], x[::-(10 ** 20)], x[:]


def wide(v):
    return [v.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, v.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, v.ccccccccccccccccccccccccccccccccccccccccc, v.
            d, v(
        1,
        2)]
