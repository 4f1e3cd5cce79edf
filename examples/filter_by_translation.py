"""Keep the questions of a corpus whose answer its translation has, too: DRCDfilter of Lee and Lee (2019).

    python examples/filter_by_translation.py --files zh=DRCD_dev.json \\
        "en=xlqa/drcd_en_mt/data/default/validation-*.parquet" --output drcd_filter.json

writes those of the first file that every other has, joined by question id, and prints how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from transformers import HfArgumentParser

from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.squad_format import write_squad


@dataclass
class Options:
    output: Path
    files: list[str] = field(metadata={"help": "LANGUAGE=PATH, joined by question id; the first is what is kept."})


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    corpus = parallel(dict(spec.split("=", 1) for spec in options.files), missing="drop", on_defect="repair")
    kept = write_squad(options.output, (example.pivot for example in corpus))
    print(f"{kept} questions are kept, {corpus.report.partial} are left out")


if __name__ == "__main__":
    main()
