"""Cui et al. 2019 in small: target-only, zero-shot, cascade and mixed training against Dual BERT, with tests.

    python examples/run_dual_bert_study.py --split outputs/split --source squadshifts/en=new_wiki.json \\
        --encoder outputs/small_encoder --output_dir outputs/dual_bert [--part dev] [--seeds 0 1 2]

The split is what `split_by_article.py` wrote of a Chinese corpus and its English translation. Every system is scored
once, by the rule of the corpus; differences are tested by that rule and by that of CMRC 2018 (Fisher randomization).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.dual_bert_study import DualBertStudy
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

DEFAULTS = {**SAMPLE_SETTINGS, "output_dir": "outputs/dual_bert", "max_steps": 300, "save_strategy": "no"}


@dataclass
class Options:
    split: Path = field(metadata={"help": "Folder of train, dev and test.LANGUAGE.json."})
    source: list[str] = field(metadata={"help": "Training corpora of the source language, NAME/LANGUAGE=PATH."})
    encoder: str = field(metadata={"help": "Hub id or folder that every system starts from."})
    source_steps: int = field(default=600, metadata={"help": "Updates on the source language."})
    corpus: str = field(default="drcd", metadata={"help": "Name of the target's corpus, which says the rule."})
    part: str = field(default="test", metadata={"help": "dev or test, which is scored."})
    seeds: list[int] = field(default_factory=lambda: [0, 1, 2], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, {**DEFAULTS, "outside": "drop", "languages": ["zh", "en"]})
    target, source = data.languages
    train, scored = (f"{options.split / part}." for part in ("train", options.part))
    data.evaluate = [f"{options.corpus}/{target}={scored}{target}.json"]
    data.evaluation_translations = [f"{options.corpus}/{target}:{source}={scored}{source}.json"]
    study = DualBertStudy(
        encoder=options.encoder,
        target=[f"{options.corpus}/{target}={train}{target}.json"],
        source=options.source,
        parallel=[f"{options.corpus}:{language}={train}{language}.json" for language in (target, source)],
        source_steps=options.source_steps,
        data=data,
        training=training,
        seeds=options.seeds,
    )
    print(study.report(study.run(), rules=[None, "cmrc2018"]))


if __name__ == "__main__":
    main()
