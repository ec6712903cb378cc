"""python >= 3.10: match statements."""


def values(x, y):
    match x:
        case 1 | -2 | "a" | None:
            return 1
        case True:
            return 2
        case y.constant:
            return 3
        case _:
            return 4


def sequences(x):
    match x:
        case []:
            return 0
        case [a]:
            return a
        case (1, [b, *rest]):
            return b, rest
        case [first, *_, last] if first < last:
            return first, last


def mappings(x):
    match x:
        case {}:
            return 0
        case {"a": 1, "b": [value, *_]}:
            return value
        case {"kind": str() as kind, **rest}:
            return kind, rest


def classes(x, Point):
    match x:
        case Point(x=0, y=0):
            return 0
        case Point(a, b) | [a, b]:
            return a, b
        case int(n) if n > 3:
            return n
        case list() | tuple():
            return x
    return None


def subjects(x, y):
    match x, y:
        case 1, 2:
            return x
        case (a, b) as both:
            return a, b, both


def in_a_loop(items):
    for item in items:
        match item:
            case 0:
                continue
            case 1:
                break
            case name:
                print(name)
    return items
