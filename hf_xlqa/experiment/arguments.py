"""What an experiment is told of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hf_xlqa.messages import check_choice, check_counts


@dataclass
class DataArguments:
    """Which corpora are read, and how they are cut into windows.

    Raises:
        ValueError: when a choice is unknown, or a share or a number of examples is out of range or no number.
    """

    languages: list[str] = field(
        default_factory=lambda: ["en", "ja", "ko"],
        metadata={"help": "Languages to train on: for xltt the pivot, then its parallel languages."},
    )
    train: list[str] = field(
        default_factory=list,
        metadata={
            "help": "Training corpora, NAME[/CONTEXT[.QUESTION]][=PATH], by name and languages of contexts and "
            "questions; the embedded sample by default."
        },
    )
    unlabelled: list[str] = field(
        default_factory=list,
        metadata={
            "help": "Corpora, as in train, of which only the texts are read, for objectives that play with languages."
        },
    )
    parallel: list[str] = field(
        default_factory=list,
        metadata={"help": "Training corpora of parallel files, [NAME:]LANGUAGE=PATH, joined by question id."},
    )
    evaluate: list[str] = field(
        default_factory=lambda: [f"sample/{language}" for language in ("en", "zh", "ja", "ko", "de", "hi")],
        metadata={"help": "Evaluation corpora, NAME/LANGUAGE[=PATH]; the embedded sample's test by default."},
    )
    evaluation_split: str = field(
        default="validation", metadata={"help": "Split of evaluation corpora of the Hub that have several."}
    )
    evaluation_translations: list[str] = field(
        default_factory=list,
        metadata={"help": "Translations of evaluation corpora, NAME/LANGUAGE:LANGUAGE=PATH, joined by question id."},
    )
    sample_translations: str = field(
        default="gold",
        metadata={"help": "Translations of the sample's evaluation: gold, lexicon (word by word), wrong or none."},
    )
    held_out: float = field(
        default=0.0, metadata={"help": "Share of the articles of parallel files kept out of training, for selection."}
    )
    dataset_weights: str = field(
        default="none", metadata={"help": "none, or similarity: Eq. 18-19 of XLTT, needs --target_questions."}
    )
    target_questions: str | None = field(
        default=None, metadata={"help": "Corpus whose questions the weights look at, NAME/LANGUAGE[=PATH]."}
    )
    target_split: str = field(
        default="validation", metadata={"help": "Its split; the paper's, test, is a leak and warned of."}
    )
    on_defect: str = field(
        default="repair",
        metadata={"help": "Defective records: raise, repair (what is safe) or drop; counted."},
    )
    max_train_examples: int | None = field(default=None, metadata={"help": "At most so many examples a corpus."})
    train_amounts: list[str] = field(
        default_factory=list,
        metadata={
            "help": "How many questions of a corpus to train on, NAME=NUMBER, chosen by a hash of their ids; where it "
            "is in --train and --unlabelled, those of --train."
        },
    )
    max_evaluation_examples: int | None = field(default=None, metadata={"help": "At most so many examples a corpus."})
    max_length: int = field(default=384, metadata={"help": "Length of a window in tokens."})
    window_step: int = field(
        default=128, metadata={"help": "Tokens from one window's start to the next (not an overlap)."}
    )
    max_question_length: int = field(default=64, metadata={"help": "Length of a question in tokens."})
    outside: str = field(
        default="cls", metadata={"help": "Training windows without the gold: cls (they answer [CLS]) or drop; counted."}
    )
    pair_each: str = field(
        default="pair",
        metadata={
            "help": "What psa and qs take as one item of a batch: a question in the first of `languages` and one "
            "translation (pair), or and all its translations (all)."
        },
    )
    num_proc: int | None = field(default=None, metadata={"help": "Processes that cut windows."})

    def __post_init__(self) -> None:
        if not (self.train or self.parallel):
            self.train = ["sample"]
        check_choice("sample_translations", self.sample_translations, ("gold", "lexicon", "wrong", "none"))
        check_choice("dataset_weights", self.dataset_weights, ("none", "similarity"))
        check_choice("on_defect", self.on_defect, ("raise", "repair", "drop"))
        check_choice("outside", self.outside, ("cls", "drop"))
        check_choice("pair_each", self.pair_each, ("pair", "all"))
        if not 0 <= self.held_out < 1:
            raise ValueError(f"`held_out` must be in [0, 1), but is {self.held_out} instead.")
        check_counts(max_train_examples=self.max_train_examples, max_evaluation_examples=self.max_evaluation_examples)
        parse_amounts(self.train_amounts)
        if self.dataset_weights == "similarity" and self.target_questions is None:
            raise ValueError(
                "`target_questions` must name a corpus where `dataset_weights` is similarity, but is None instead."
            )

    @property
    def amounts(self) -> dict[str, int]:
        """How many questions of a corpus are trained on, by its name; those not named are trained on whole."""
        return parse_amounts(self.train_amounts)

    @property
    def pivot(self) -> str:
        """The language the others are translations of."""
        return self.languages[0]

    @property
    def translations(self) -> Sequence[str]:
        """The parallel languages of XLTT."""
        return self.languages[1:]


def parse_amounts(given: Sequence[str]) -> dict[str, int]:
    """`NAME=NUMBER` specifications by name.

    Raises:
        ValueError: when one is of another form, or a name is repeated.
    """
    amounts: dict[str, int] = {}
    for each in given:
        name, _, number = each.partition("=")
        if not (name and number.isdecimal() and int(number) > 0) or name in amounts:
            raise ValueError(f"`train_amounts` must be NAME=NUMBER, each name once, but is {list(given)} instead.")
        amounts[name] = int(number)
    return amounts
