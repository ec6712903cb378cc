"""CPython 3.14 before there is a C extension for it: as WebAssembly, under Node."""
