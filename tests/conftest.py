"""One thread in this process, as in those that tests start: runs are compared bit by bit, and sums depend on it."""

import torch

torch.set_num_threads(1)
