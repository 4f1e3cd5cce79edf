"""Zero-shot, joint training and XLTT on the embedded sample: one table and one picture in a few minutes.

    python examples/run_sample_demo.py --output_dir outputs/demo [--seeds 0 1 2] [--max_steps 160]

Every system starts from the same encoder, makes the same number of updates, those of joint training and
XLTT on as many texts, and its last weights are scored once on the test split. The floor answers with a
candidate of the asked type; the ceiling is trained on the gold of all six languages. XLTT's checkpoint is
kept, to be asked by `hf-xlqa ask`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hf_xlqa.experiment.command import read_study
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS, floor_scores
from hf_xlqa.experiment.study import System, study
from hf_xlqa.reports import xlt_table
from hf_xlqa.reports.pictures import draw_scores

FLOOR, CEILING = "floor (type matching)", "ceiling (all six)"
SYSTEMS = [
    System("zero-shot (en)", Encoder(), ["en"]),
    System("joint (en, ja, ko)", Encoder(), ["en", "ja", "ko"], batch_factor=3),
    System("XLTT (en, ja, ko)", XLTT(), ["en", "ja", "ko"], ("gold", "lexicon", "wrong"), keep=True),
    System(CEILING, Encoder(), ["en", "zh", "ja", "ko", "de", "hi"]),
]
DEFAULTS = {**SAMPLE_SETTINGS, "output_dir": "outputs/demo", "max_steps": 160, "save_strategy": "no", "report_to": []}


@dataclass
class Options:
    seeds: list[int] = field(default_factory=lambda: [0], metadata={"help": "One run of every system each."})


def main() -> None:
    options, data, training = read_study(Options, DEFAULTS)
    table = {FLOOR: floor_scores(data), **study(SYSTEMS, training, data, seeds=options.seeds)}
    report = f"Mean over {len(options.seeds)} seed(s).\n\n{xlt_table(table)}\n"
    folder = Path(str(training.output_dir))
    (folder / "scores.md").write_text(report, encoding="utf-8")
    bars = {name: row for name, row in table.items() if name not in (FLOOR, CEILING)}
    lines = {name: table[name] for name in (FLOOR, CEILING)}
    picture = draw_scores(bars, folder / "scores.png", lines=lines, title="Exact match on the sample's test split")
    print(f"\n{report}\nTable in {folder / 'scores.md'}, picture in {picture}")


if __name__ == "__main__":
    main()
