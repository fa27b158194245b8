"""PyTorch's functions and methods, composed of the primitives in `autograd.rules`: no derivative is written here."""
