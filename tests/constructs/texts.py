"""Strings: f-strings, formats and methods."""

from __future__ import annotations

from tests.constructs.construct import construct


@construct()
def fstring(x):
    name, size, ratio = "net", 3, 0.12345
    return x * size, f"{name}:{size:03d}:{ratio:.2%}:{name!r:>8}:{size + 1}:{{}}"


@construct()
def fstring_nested(x):
    width, value = 8, 3.14159
    return x + 1, f"{value:{width}.{2}f}|{'a' if width else 'b'}|{[n for n in range(2)]}"


@construct()
def fstring_debug(x):
    rank = x.ndim
    return x * rank, f"{rank=} {rank + 1 = !s:>4}"


@construct()
def fstring_of_shape(x):
    return x + 1, f"{x.shape} {x.ndim} {x.dtype}"


@construct(graphs=2, breaks=1)
def fstring_of_tensor(x):
    y = x + 1
    text = f"value {y}"
    return y * 2, text


@construct()
def percent_format(x):
    return x + 1, "%s-%03d %r %.1f %%" % ("a", 7, "q", 2.55), "%(k)s" % {"k": 1}, "%s" % 5


@construct()
def str_format(x):
    return x + 1, "{} {0!r}".replace("0", "").format(1, 2), "{a:>5}|{b[0]}".format(a="x", b=[3])


@construct()
def split_join(x):
    parts = "a,b,,c".split(",")
    return (
        x * len(parts),
        "-".join(parts),
        "a b".split(),
        "k=v=w".partition("="),
        "a.b.c".rsplit(".", 1),
    )


@construct()
def tests_of_strings(x):
    name = "layer.weight"
    flags = (
        name.startswith("layer"),
        name.endswith((".bias", ".weight")),
        name.isidentifier(),
        "12".isdigit(),
    )
    return x * sum(flags), flags


@construct()
def changes_of_strings(x):
    text = "  Some Text  "
    return (
        x + 1, text.strip(), text.lower(), text.upper(), text.title(), text.replace("e", "3"),
        text.find("T"), text.count("e"), "ab".center(6, "*"), "5".zfill(3), "a\nb".splitlines(),
    )  # fmt: skip


@construct()
def string_comparison(x):
    return x + 1, "a" < "b", "abc" == "ab" + "c", "é" > "e", sorted("hello"), max("hello")


@construct()
def string_building(x):
    text = ""
    for index, value in enumerate(x.shape):
        text += f"{index}={value};"
    return x * len(text), text


@construct()
def string_keys(x):
    weights = {f"layer{index}.w": x * index for index in range(3)}
    return sum(weights[f"layer{index}.w"] for index in range(3)), list(weights)


@construct()
def string_encoding(x):
    data = "é".encode("utf-8")
    return x * len(data), data.decode("utf-8"), "abc".translate(str.maketrans("ab", "xy"))
