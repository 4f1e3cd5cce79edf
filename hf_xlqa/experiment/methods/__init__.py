"""How the model of an experiment is made: `--method xltt` is `xltt.py`, whose class holds the method's arguments."""

SHARED = ("method", "parallel", "pretrained")
