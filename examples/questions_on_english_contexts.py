"""Make T(Q) of a parallel corpus: questions in every language on the contexts and golds of the first, joined by id.

    python examples/questions_on_english_contexts.py --output_dir outputs/tq \\
        --corpora xquad/en=xquad.en.json xquad/zh=xquad.zh.json xquad/de=xquad.de.json
    hf-xlqa train --method encoder --languages en zh de --output_dir outputs/laf --objectives span psa qs \\
        --train tq/en=outputs/tq/train.en.json tq/en.zh=outputs/tq/train.en.zh.json tq/en.de=outputs/tq/train.en.de.json

writes train.en.json, train.en.zh.json ..., and the held-out articles as test.en.json, test.en.zh.json ... An article
goes by a hash of its title to the same part in every run. Questions without a gold in the first language, and without
a translation, are left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import HfArgumentParser

from hf_xlqa.corpora.catalog import parse_spec
from hf_xlqa.corpora.crossing import asked_as
from hf_xlqa.corpora.parallel import ParallelCorpus
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment.questions import evaluation_reader
from hf_xlqa.experiment.training_data import split_by_article


@dataclass
class Options:
    corpora: list[str] = field(metadata={"help": "NAME/LANGUAGE[=PATH]; the contexts are those of the first."})
    output_dir: Path
    split: str = field(default="validation", metadata={"help": "Split of corpora of the Hub that have several."})
    test: float = field(default=0.2, metadata={"help": "Share of the articles that is held out."})


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    readers: dict[str, Any] = {
        parse_spec(spec).context_language: evaluation_reader(spec, split=options.split) for spec in options.corpora
    }
    if not 1 < len(readers) == len(options.corpora):
        raise ValueError(f"`corpora` must be of two languages or more, one each, but are {options.corpora} instead.")
    context_language = next(iter(readers))
    corpus = ParallelCorpus(readers, context_language)
    examples = [example for example in corpus if example.pivot.answers]
    print("\n".join(corpus.report.lines()))
    print(f"{corpus.report.paired + corpus.report.partial - len(examples)} in {context_language} without a usable gold")
    options.output_dir.mkdir(parents=True, exist_ok=True)
    for part, group in zip(("train", "test"), split_by_article(examples, options.test), strict=True):
        for language in readers:
            asked = [asked_as(each.pivot, own) for each in group for own in each if own.context_language == language]
            name = f"{part}.{context_language}" + (f".{language}" if language != context_language else "")
            count = write_squad(options.output_dir / f"{name}.json", asked)
            print(f"{name}: {count} questions, {len({each.title for each in asked})} articles")


if __name__ == "__main__":
    main()
