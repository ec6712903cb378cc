"""try, except, else and finally."""


def one(f):
    try:
        return f()
    except ValueError:
        return None


def several(f):
    try:
        result = f()
    except (KeyError, IndexError) as error:
        result = error.args
    except OSError as error:
        raise RuntimeError("failed") from error
    except Exception:
        raise
    except:
        result = None
    else:
        result = -result
    return result


def cleanup(f, g):
    try:
        f()
    finally:
        g()


def cleanup_with_value(f, g):
    try:
        return f()
    finally:
        g()


def value_from_cleanup(f):
    try:
        f()
    finally:
        return 1


def everything(f, g, h):
    try:
        f()
    except ValueError as error:
        g(error)
    else:
        g()
    finally:
        h()


def nested(f, g):
    try:
        try:
            f()
        finally:
            try:
                g()
            except KeyError:
                pass
    except ValueError:
        g()


def inside_a_handler(f, g):
    try:
        f()
    except ValueError:
        try:
            g()
        except KeyError:
            f(g)
        raise


def loops(items, f):
    for item in items:
        try:
            if item:
                continue
            if f(item):
                break
            if f is item:
                return item
        except StopIteration:
            break
        finally:
            f(item)
    return None


def loop_of_cleanups(items, f):
    while items:
        try:
            try:
                item = items.pop()
            finally:
                if f():
                    continue
        finally:
            if f(item):
                break


def raises(x):
    if x is None:
        raise
    if x:
        raise x
    raise TypeError("x", x) from None
