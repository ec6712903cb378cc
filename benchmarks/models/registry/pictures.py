"""x"""
from typing import List
from ..model import Model
MODELS: List[Model] = []
