"""Tensors in capture: their operations become nodes; sizes may vary."""
