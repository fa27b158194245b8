"""Primitive operations: NumPy functions with the rules of their derivatives, as a textbook's table of derivatives."""
