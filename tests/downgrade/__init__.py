"""Tests of ``downgrade``: none of them needs a tensor framework."""
