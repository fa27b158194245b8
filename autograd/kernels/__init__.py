"""Fused computations on raw arrays, where a chain of primitives would be slow or inexact."""
