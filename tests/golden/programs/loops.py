"""for and while, with what leaves them."""


def plain_for(items):
    total = 0
    for item in items:
        total += item
    return total


def for_else(items, wanted):
    for item in items:
        if item == wanted:
            break
    else:
        return None
    return item


def nested_for(rows):
    for row in rows:
        for cell in row:
            if not cell:
                continue
            if cell < 0:
                break
            print(cell)
        else:
            return row


def plain_while(n):
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    return n


def while_else(n):
    while n:
        n -= 1
        if n == 7:
            break
    else:
        n = -1
    return n


def for_ever(queue):
    while True:
        item = queue.pop()
        if item is None:
            return queue
        if item:
            continue
        queue.append(item)


def while_both(a, b, c):
    while a and (b or not c):
        a = b
        while a or b and c:
            b = c


def targets(pairs, x):
    for a, (b, *c) in pairs:
        for x.attribute in a:
            for x[b] in c:
                pass


def constant_items():
    for item in [1, 2, 3]:
        for other in (item, "x"):
            if item in {1, 2}:
                yield other
