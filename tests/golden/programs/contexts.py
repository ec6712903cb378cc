"""with statements."""


def plain(x):
    with x:
        print()


def named(x):
    with x as y:
        return y


def several(x, y):
    with x as a, y(a) as (b, c), a:
        return b, c


def in_a_loop(items, lock):
    for item in items:
        with lock:
            if item:
                continue
            if item is None:
                break
            print(item)
    return lock


def with_handlers(x, f):
    try:
        with x.open() as file:
            f(file)
    except OSError as error:
        with x.log as log:
            log(error)
    finally:
        with x:
            f()


def nested(x, y):
    with x:
        with y as x.attribute:
            raise KeyError
    return y


def yields(x):
    with x as y:
        yield y
