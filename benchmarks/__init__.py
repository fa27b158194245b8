"""Speed and memory, measured against PyTorch in one run: `make bench`.

Each engine has a process of its own, and the two take turns, so that a busy minute of the machine falls on both. What
is compared is the ratio ndgrad / torch of one round; the median over the rounds is the result and their range its
spread.
"""
