"""Bring the word vectors of two languages together by every linear map, and translate the words of a dictionary.

    python examples/run_linear_maps.py --source squad/en=dev-v1.1.json --target cmrc2018/zh=cmrc2018_dev.json \\
        --dictionary en-zh.txt --target_script zh-Hans

fastText vectors are trained on the contexts and questions of either language, in lower case, unless `--source_vectors`
and `--target_vectors` name files of them. Maps that learn from pairs get the first entries of the dictionary, the
others nothing; all are scored on the entries from 5,000 to 6,500 (MUSE's division), by precision at 1 and 5 of the
nearest neighbour and of CSLS. Small corpora of different texts give maps that translate next to nothing.

The searches of `muse` and `dema` are as long as in their papers, too long for a processor; `--options` shortens them:
`{"muse": {"steps": 2000, "hidden_size": 512}, "dema": {"steps": 500, "mixture_words": 2000, "batch_size": 512}}`.
"""

from __future__ import annotations

import argparse
import json
import sys

from hf_xlqa.experiment.lexicon_induction import Induction, read_space, scores_table
from hf_xlqa.translation.dictionaries import read_dictionary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for side in ("source", "target"):
        parser.add_argument(
            f"--{side}", nargs="+", required=True, help="corpora, NAME/LANGUAGE[=PATH], of one language"
        )
        parser.add_argument(f"--{side}_vectors", help="a .vec file, in place of training")
    parser.add_argument("--dictionary", required=True, help="MUSE or CC-CEDICT, from the source into the target")
    parser.add_argument("--target_script", help="zh-Hans or zh-Hant, which the dictionary is converted to")
    parser.add_argument("--words", type=int, default=20_000, help="most frequent words of either language")
    parser.add_argument("--dimension", type=int, default=300, help="of the vectors that are trained")
    parser.add_argument("--epochs", type=int, default=5, help="of that training")
    parser.add_argument("--pairs", type=int, default=5_000, help="entries of the dictionary to learn from")
    parser.add_argument("--test", type=int, default=1_500, help="entries after those to score by")
    parser.add_argument("--maps", nargs="+", help="files of hf_xlqa/analysis/linear_maps, by default all")
    parser.add_argument("--options", type=json.loads, default={}, help='JSON, {"muse": {"epochs": 2}, ...}')
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    training = {"words": arguments.words, "dimension": arguments.dimension, "epochs": arguments.epochs}
    source = read_space(arguments.source, arguments.source_vectors, seed=arguments.seed, **training)
    target = read_space(arguments.target, arguments.target_vectors, seed=arguments.seed, **training)
    dictionary = read_dictionary(arguments.dictionary, source.language, arguments.target_script or target.language)
    induction = Induction.of(source, target, dictionary, pairs=arguments.pairs, test=arguments.test)
    print(induction.told, flush=True)
    scores = []
    for score in induction.scores(arguments.maps, options=arguments.options, seed=arguments.seed):
        scores.append(score)
        print(scores_table(scores[-1:]), file=sys.stderr, flush=True)
    print(scores_table(scores))


if __name__ == "__main__":
    main()
