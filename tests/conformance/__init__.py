"""Checks over whole corpora, runnable as modules; nox has a session for each."""
