"""Split parallel SQuAD-format files into train, dev and test, so that no article is in two of them.

    python examples/split_by_article.py --files zh=drcd.json en=drcd_in_english.json --output_dir outputs/split

writes train.zh.json, train.en.json, dev.zh.json ... An article goes by a hash of its title to the same part in every
language and in every run. Questions are repaired where that is safe, and left out where it is not, with the count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from transformers import HfArgumentParser

from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment.training_data import split_by_article


@dataclass
class Options:
    files: list[str] = field(metadata={"help": "LANGUAGE=PATH, joined by question id; the first is the pivot."})
    output_dir: Path
    dev: float = field(default=0.1, metadata={"help": "Share of the articles."})
    test: float = field(default=0.2, metadata={"help": "Share of the articles."})


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    files = dict(spec.split("=", 1) for spec in options.files)
    corpus = parallel(files, on_defect="repair", require_answers=False)
    examples = list(corpus)
    rest, test = split_by_article(examples, options.test)
    # The hash is the same number again, so that the dev articles are those just above the test articles.
    train, both = split_by_article(examples, options.test + options.dev)
    kept = {id(example) for example in rest}
    parts = {"train": train, "dev": [example for example in both if id(example) in kept], "test": test}
    options.output_dir.mkdir(parents=True, exist_ok=True)
    for language, reader in corpus.readers.items():
        print(f"{language}: {'; '.join(reader.report.lines())}")
        for part, group in parts.items():
            own = [each for example in group for each in example if each.context_language == language]
            count = write_squad(options.output_dir / f"{part}.{language}.json", own)
            print(f"{language}, {part}: {count} questions, {len({each.context for each in own})} paragraphs")


if __name__ == "__main__":
    main()
