"""Language-adversarial training (AT 2020): hide the language of a question; T(Q) of the embedded sample by default.

    python examples/run_adversarial.py --output_dir outputs/adversarial
    accelerate launch examples/run_adversarial.py --encoder google-bert/bert-base-multilingual-cased \\
        --languages en zh --train tq/en=train.en.json tq/en.zh=train.en.zh.json --evaluate mlqa/en.zh mlqa/zh \\
        --output_dir outputs/adversarial

The discriminator reads [CLS] of the last layer: `--discriminator '{"discriminator_kind": "perceptron",
"discriminator_reads": "question"}'` lets it read the mean of the question's tokens. It learns after each step of the
model, on the states of the updated model; `--objective_options '{"language_adversarial": {"update": "joint"}}'` saves
that forward pass. `AdversarialForQuestionAnswering.from_pretrained(FOLDER).unwrap()` is the model without it.
A YAML recipe and `--row` may come first; `--help` lists all arguments.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.laf_settings import PAPER, SAMPLE_QUESTIONS
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

DEFAULTS = {
    **PAPER,
    "objectives": ["span", "language_adversarial"],
    "discriminator": {"discriminator_kind": "perceptron"},
}

if __name__ == "__main__":
    run_command(DEFAULTS, sample_corpora=SAMPLE_QUESTIONS, sample_encoder=SAMPLE_SETTINGS)
