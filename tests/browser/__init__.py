"""Pages in a real browser; not in the other suites: nox -s viewer."""
