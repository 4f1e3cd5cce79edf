"""What holds for all tests: one thread, and no limit to the time of one hypothesis example.

Runs are compared bit by bit with those of processes that tests start, and sums depend on the number of
threads; those processes read it from the environment. The first example of a test may load a dictionary or a
model.
"""

import os

import torch
from hypothesis import settings

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
torch.set_num_threads(1)
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
