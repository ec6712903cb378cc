"""Tests of paddlefx and downgrade, by what they need: unit and property run without Paddle."""
