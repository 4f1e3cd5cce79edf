"""How well the language of a question is told from the states of models: on the embedded sample, or on any corpora.

    python examples/run_language_probe.py --models sample outputs/at
    python examples/run_language_probe.py --models bert-base-multilingual-cased xlm-roberta-base \\
        --evaluate xquad/en xquad/de xquad/zh xquad/hi --max_evaluation_examples 300

Questions in every language are asked on contexts of one, so that only the question can tell. A linear classifier reads
the last state of [CLS] and the mean of the question's tokens; it is judged on questions that it
has seen in no language. For a checkpoint with a language discriminator, that is judged, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from transformers import HfArgumentParser
from transformers.utils import logging

from hf_xlqa.corpora.catalog import parse_spec
from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.probe import probe_table
from hf_xlqa.experiment.questions import read_questions


@dataclass
class Options:
    models: list[str] = field(
        default_factory=lambda: ["sample"], metadata={"help": "Folders or Hub ids; sample is the embedded encoder."}
    )
    context: str = field(default="en", metadata={"help": "Language of the contexts."})


def main() -> None:
    logging.set_verbosity_error()
    options, data = HfArgumentParser((Options, DataArguments)).parse_args_into_dataclasses()  # type: ignore[arg-type]
    corpora = list(dict.fromkeys(parse_spec(spec).name for spec in data.evaluate))
    sets = read_questions(data.evaluate, split=data.evaluation_split, crossed=corpora).sets
    asked = {
        each.question_language: each.examples[: data.max_evaluation_examples]
        for each in sets
        if each.context_language == options.context
    }
    models = {name: [encoder_path() if name == "sample" else name] for name in options.models}
    print(probe_table(models, asked, {", ".join(asked): list(asked)}, data))


if __name__ == "__main__":
    main()
