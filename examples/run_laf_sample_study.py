"""Language-adversarial training and the Language Arbitration Framework on the embedded sample (2020, Tables 1-3).

    python examples/run_laf_sample_study.py --output_dir outputs/laf [--part dev] [--seeds 0 1 2]

Zero-shot, the corpora T(Q), T(C), T(Q+C) and T(ALL) of word-by-word translations, AT, PSA and PSA+QS with Chinese or
with all five languages: contexts of every language are asked about in every language (G-XLT), differences are tested
(Fisher randomization, Holm), and a probe tells how much of the language of a question is left in the states. Every run
makes the same number of updates and its last weights are scored once. The settings were chosen on the dev split.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.laf_study import LafStudy
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

DEFAULTS = {**SAMPLE_SETTINGS, "output_dir": "outputs/laf", "max_steps": 100, "save_strategy": "no", "report_to": []}


@dataclass
class Options:
    paragraphs: int = field(default=300, metadata={"help": "Paragraphs to train on, of three questions each."})
    questions: int = field(default=60, metadata={"help": "Questions in each cell of the matrix."})
    translations: str = field(default="lexicon", metadata={"help": "lexicon (word by word) or gold, to train on."})
    adversarial_weight: float = field(default=1.0, metadata={"help": "Weight of the term of AT."})
    part: str = field(default="test", metadata={"help": "dev or test, which is scored."})
    seeds: list[int] = field(default_factory=lambda: [0], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, DEFAULTS)
    study = LafStudy(data=data, training=training, **vars(options))
    print(study.run())


if __name__ == "__main__":
    main()
