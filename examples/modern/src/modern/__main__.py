"""Prints what it reads."""

from . import Shelf, read, shortest, told

shelf = Shelf.parse("- 3 nails\n200 GRAM flour\n", read)
print(told(shelf))
print([(one.name, two.name) for one, two in shelf.pairs()])
print(dict(zip(["nails", "flour"], shelf.map(lambda item: item.count).things, strict=True)))
print(shortest("nails\n\n3 nails"))
print(Shelf.__type_params__, Shelf.__orig_bases__)
