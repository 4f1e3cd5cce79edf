"""Zero-shot transfer on the embedded sample (Hsu et al. 2019, Tables 1-4 and 6, section 2.3.2).

    python examples/run_zero_shot_study.py --output_dir outputs/zero_shot_study [--part dev] [--seeds 0 1 2]

Readers trained on each language, on English and Chinese translated word by word, and on English in other orders of
subject, verb and object are asked in every language, in permuted languages and in code-switched English. Differences
are tested (Fisher randomization, Holm), an analysis of variance tells what scores depend on, and the states of the
readers whether languages that are alike in them score alike. Every run makes the same number of updates and its last
weights are scored once; `scores.md` has tables and pictures. It needs `pip install hf-xlqa[analysis,demo]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.experiment.zero_shot_study import ZeroShotStudy

DEFAULTS = {**SAMPLE_SETTINGS, "output_dir": "outputs/zero_shot_study", "save_strategy": "no", "report_to": []}
DEFAULTS |= {"max_steps": 100, "max_evaluation_examples": 150}


@dataclass
class Options:
    paragraphs: int = field(default=300, metadata={"help": "Paragraphs to train on, of three questions each."})
    part: str = field(default="test", metadata={"help": "dev or test, which is scored."})
    seeds: list[int] = field(default_factory=lambda: [0], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, DEFAULTS)
    print(ZeroShotStudy(data=data, training=training, **vars(options)).run())


if __name__ == "__main__":
    main()
