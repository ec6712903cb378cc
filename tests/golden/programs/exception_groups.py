"""python >= 3.11: except*."""


def one(f):
    try:
        f()
    except* ValueError:
        f(1)


def several(f):
    try:
        f()
    except* (KeyError, OSError) as group:
        f(group.exceptions)
    except* TypeError:
        raise
    except* RuntimeError as group:
        raise group from None
    else:
        f(2)
    finally:
        f(3)


def in_a_loop(items, f):
    for item in items:
        try:
            f(item)
        except* ValueError as group:
            if group:
                f(group)
