"""List, set and dict comprehensions, which 3.12 and later inline."""


def lists(items):
    return [item for item in items], [item + 1 for item in items if item if item > 1]


def sets_and_dicts(items):
    return {item % 3 for item in items}, {key: value for key, value in items if key}


def nested(rows):
    return [[cell * 2 for cell in row] for row in rows if [cell for cell in row if cell]]


def several(a, b):
    return [(x, y) for x in a for y in b(x) if x != y]


def outer_names(items, n):
    item = n
    scaled = [item * n for item in items]
    return item, scaled


def closures(items):
    return [lambda: item for item in items], [[(lambda: (x, y)) for y in items] for x in items]


def assigned(items, f):
    found = [y := f(x), *[last := x for x in items]]
    return found, y, last


def in_a_handler(items, f):
    for item in items:
        try:
            return [f(x) for x in item]
        except ValueError:
            item.append({x: f for x in item})


class InAClass:
    names = ["a", "b"]
    lengths = {name: len(name) for name in names}
    pairs = [(n, m) for n in range(3) for m in range(n)]
