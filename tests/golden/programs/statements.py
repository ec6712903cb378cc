"""Imports, global, del, assert and constant conditions."""

import os, sys as system
import xml.dom.minidom
import xml.dom as dom
from collections import OrderedDict as Ordered, deque
from math import *
from . import sibling
from ..package.module import name

count: int = 0
unbound: str
del os


def imports():
    import json.decoder
    import a.b.c as d
    from a.b import c as e, f
    from .. import g

    return json, d, e, f, g


def globals_and_deletes(x, items):
    global count
    count = count + 1
    del count
    del x.attribute, items[0], x
    y = 1
    del y
    return sorted


def deletes_a_cell(x):
    def inner():
        return x

    del x
    return inner


def asserts(a, b):
    assert a
    assert a < b < 3, f"{a} {b}"
    assert not a or b, "message"


def constant_conditions(a):
    if 0:
        a = dead()
    if __debug__:
        a += 1
    while 1:
        if a:
            break
    if not True:
        return dead
    if True and a:
        return 1 if 1 else 2
    if "":
        return None
    else:
        pass
    return a or 0 and a


def unreachable(a):
    if a:
        return 1
        a = 2
    else:
        raise a
    return 3


def expressions_as_statements(f):
    f
    f()
    f.x
    "text"
    1
    None
    ...
    pass


def early_returns(a):
    if a == 1:
        return
    elif a == 2:
        return None
    elif a == 3:
        pass
    else:
        return a
