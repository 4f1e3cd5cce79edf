"""Lee & Lee 2019 on the embedded sample: Chinese with few examples, helped by English with many.

    python examples/run_qanet_sample_study.py --output_dir outputs/qanet [--part dev] [--seeds 0 1 2]

A QANet on Chinese alone, on English alone, on both by one encoder, with language-dependent layers, and with these
steered by the language GAN: GAN-CH the English ones, GAN-EN the Chinese ones. Every run makes the same number of
updates and its last weights are scored once; differences are tested (Fisher randomization, Holm). The settings were
chosen on the dev split.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.qanet_study import QANET_SAMPLE_SETTINGS, QANetStudy

DEFAULTS = {**QANET_SAMPLE_SETTINGS, "output_dir": "outputs/qanet", "save_strategy": "no", "report_to": []}


@dataclass
class Options:
    amount: int = field(default=300, metadata={"help": "Chinese training examples."})
    paragraphs: int = field(default=3000, metadata={"help": "Paragraphs of the training split, most of them English."})
    max_lambda: float = field(default=0.01, metadata={"help": "Weight of the GAN's term at the end of training."})
    part: str = field(default="test", metadata={"help": "dev or test, which is scored."})
    seeds: list[int] = field(default_factory=lambda: [0], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, DEFAULTS)
    study = QANetStudy(data=data, training=training, **vars(options))
    print(study.run())


if __name__ == "__main__":
    main()
