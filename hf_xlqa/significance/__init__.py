"""Whether one system is better than another, from their scores of the same questions."""

from hf_xlqa.significance.bootstrap import bootstrap_interval, paired_bootstrap
from hf_xlqa.significance.correction import holm
from hf_xlqa.significance.mcnemar import mcnemar_test
from hf_xlqa.significance.pairing import pair_runs, pair_scores
from hf_xlqa.significance.randomization import randomization_test
from hf_xlqa.significance.result import Alternative, PairedTestResult, SystemMean, Unit
from hf_xlqa.significance.scores import system_mean

__all__ = [
    "Alternative",
    "PairedTestResult",
    "SystemMean",
    "Unit",
    "bootstrap_interval",
    "holm",
    "mcnemar_test",
    "pair_runs",
    "pair_scores",
    "paired_bootstrap",
    "randomization_test",
    "system_mean",
]
