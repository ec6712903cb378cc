"""f-strings and % formatting."""


def plain(a, b):
    return f"{a}", f"x{a}y{b}z", f"{a}{b}", f"", f"no value", "a" f"{a}" "b"


def conversions(a):
    return f"{a!r} {a!s} {a!a}", f"{a!r}"


def specifications(a, width):
    return f"{a:>10}", f"{a:{width}}", f"{a!r:>{width}}", f"{a:{width}.{width}f}"


def expressions(a, f):
    return f"{f(a)[0]:d}{{{a + 1}}} {a if a else 'none'}", f"{a=}"


def percent(a, b):
    return "%s" % a, "%s and %r" % (a, b), "%d%%" % a, "%(a)s" % a, "%a|%s" % (a, b), "%5.2f" % b


def joined(items):
    return "".join(f"{item}," for item in items), "{} {}".format(*items)
