"""async def."""


async def awaits(f, x):
    await x
    return await f(await x), [await x]


async def loops(items, f):
    async for item in items:
        if not item:
            continue
        if f(item):
            break
    else:
        await f()
    return item


async def contexts(x, y):
    async with x as a, y:
        return await a


async def handlers(x, f):
    try:
        async with x:
            async for y in x:
                await f(y)
    except ValueError:
        await f()
    finally:
        await x


async def generator(items):
    async for item in items:
        yield item
        got = yield
        await got


async def comprehensions(items, f):
    a = [item async for item in items if await f(item)]
    b = {item: await f(item) for item in a}
    c = {x async for y in items async for x in y}
    return a, b, c, (x async for x in c)
