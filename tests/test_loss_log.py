"""Running means of losses."""

from __future__ import annotations

import torch

from hf_xlqa.loss_log import LossLog


def test_means_are_weighted_and_start_afresh_when_read() -> None:
    log = LossLog()
    log.add({"span": torch.tensor(2.0, requires_grad=True)}, torch.tensor(1.0))
    log.add({"span": torch.tensor(5.0), "part_lambda": torch.tensor(0.5)}, torch.tensor(0.5))
    assert log.read() == {"span": (2.0 + 2.5) / 1.5, "part_lambda": 0.5}
    assert log.read() == {}


def test_sums_hold_no_graph() -> None:
    log = LossLog()
    log.add({"span": torch.tensor(2.0, requires_grad=True) * 3}, torch.tensor(1.0))
    assert not any(total.requires_grad for total in log._sums.values())
