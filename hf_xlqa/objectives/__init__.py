"""Terms of the training loss, one a file; `--objectives NAME=WEIGHT` names the file."""

SHARED = ("objective", "discriminator_player", "pair_objective")
