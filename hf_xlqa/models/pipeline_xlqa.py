"""The transformers pipeline `xlqa-question-answering`: questions on contexts of any length, as `hf_xlqa` reads them.

It travels with checkpoints, and answers there without the library.
"""

from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForQuestionAnswering
from transformers.pipelines.base import ChunkPipeline, PipelineRegistry

from .window_sizes import check_max_length, fixed_length

TASK = "xlqa-question-answering"
_KEYS = ("question", "context", "language", "question_language")
_PASSED = ("context", "positions", "offsets", "is_last")


def custom_pipelines() -> dict[str, Any]:
    """What `config.custom_pipelines` of a checkpoint holds, anew: `transformers.pipeline` changes what it reads."""
    implementation = f"{__name__.rpartition('.')[2]}.{CrossLingualQuestionAnsweringPipeline.__name__}"
    return {TASK: {"impl": implementation, "pt": [AutoModelForQuestionAnswering.__name__]}}


class CrossLingualQuestionAnsweringPipeline(ChunkPipeline):
    """Finds the best answers to questions, with their code points in the untouched contexts.

        pipe = pipeline("xlqa-question-answering", model=DIR, trust_remote_code=True)
        pipe(question="Wo steht die Brücke?", context="Die Brücke steht in Bonn.")
        pipe([{"question": "Wo?", "context": "In Bonn.", "language": "de"}, ...], top_k=3, batch_size=8)

    Each answer is {"answer", "start", "end", "score"}: `context[start:end]`, and its probability among the `n_best`
    answers, a softmax over the sums of their two logits. The only answer of `top_k=1` is not in a list, and is ""
    where the model finds no span. A model that reads translations gets none here, and answers say what it took
    instead ("copy", "skip") for each language under "translations".

    Args:
        max_length: greatest number of tokens of a window, 384 by default.
        window_step: tokens from one window's start to the next, 128 by default.
        max_question_length: greatest number of tokens of a question, 64 by default.
        max_answer_tokens: greatest number of tokens of an answer, 30 by default.
        n_best: among how many answers probability is shared out, 20 by default.
        top_k: how many of them to return, 1 by default.

    The arguments may be given to `pipeline` or with each call, and are those of `hf_xlqa.reader.CrossLingualReader`.

    Raises:
        ValueError: when a number is out of range, the model has no positions for `max_length` tokens, a question or a
            context is no text, blank or too long for its part of a window, or a logit is not a number.
    """

    _load_tokenizer: Any = True
    _load_feature_extractor: Any = False
    _load_image_processor: Any = False
    _load_processor: Any = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if getattr(self.model.config, "custom_pipelines", None):
            self.model.config.custom_pipelines = custom_pipelines()  # reading has put classes there, not their names

    def __call__(  # type: ignore[override]
        self, inputs: Any = None, *, question: Any = None, context: Any = None, **options: Any
    ) -> Any:
        """Answer one question, or many.

        Args:
            inputs: {"question", "context"} with, if need be, "language" and "question_language", which some models
                read; or a list, dataset or generator of such.
            question, context: in place of `inputs`, one question and its context.
            options: "language" and "question_language" beside these two, arguments of the class, and as upstream
                `batch_size` and `num_workers`.
        """
        if inputs is None:
            languages = {name: options.pop(name) for name in _KEYS[2:] if name in options}
            inputs = {"question": question, "context": context, **languages}
        elif question is not None or context is not None:
            raise ValueError("`inputs` must be None where `question` and `context` are given, but is not.")
        return [] if isinstance(inputs, list) and not inputs else super().__call__(inputs, **options)

    def _sanitize_parameters(  # type: ignore[override]
        self,
        *,
        max_length: int | None = None,
        window_step: int | None = None,
        max_question_length: int | None = None,
        max_answer_tokens: int | None = None,
        n_best: int | None = None,
        top_k: int | None = None,
    ) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        cutting = {"max_length": max_length, "window_step": window_step, "max_question_length": max_question_length}
        choosing = {"max_answer_tokens": max_answer_tokens, "n_best": n_best, "top_k": top_k}
        for name, value in (cutting | choosing).items():
            if value is not None and value < 1:
                raise ValueError(f"`{name}` must be 1 or more, but is {value} instead.")
        return _given(cutting), {}, _given(choosing)

    def preprocess(  # type: ignore[override]
        self, input_: Any, max_length: int = 384, window_step: int = 128, max_question_length: int = 64
    ) -> Iterator[dict[str, Any]]:
        """The windows of one question: model inputs of (1, length), and offsets of the context tokens."""
        _check(input_)
        check_max_length(self.model, max_length)
        tokenizer: Any = self.tokenizer
        languages = self._languages(input_)
        question, context = input_["question"], input_["context"]
        room = max_length - tokenizer.num_special_tokens_to_add(pair=True)
        if window_step > room - max_question_length:
            raise ValueError(
                f"`window_step` must be at most {room - max_question_length}, the context tokens that fit beside a "
                f"question of {max_question_length} tokens in {max_length}, but is {window_step} instead."
            )
        asked = {"language": languages["question_language"]} if languages else {}
        length = len(tokenizer(question, add_special_tokens=False, verbose=False, **asked)["input_ids"])
        if length > max_question_length:
            raise ValueError(
                f"`question` must have at most {max_question_length} tokens (`max_question_length`), but {question!r} "
                f"has {length} instead."
            )
        windows = tokenizer(
            question,
            context,
            truncation="only_second",
            max_length=max_length,
            stride=room - length - window_step,  # shared by two windows, so each begins a step after the one before
            padding="max_length" if fixed_length(self.model, max_length) else False,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            verbose=False,
            **languages,
        )
        accepted = signature(type(self.model).forward).parameters
        names = [name for name in windows if name in accepted]
        rows = range(len(windows["input_ids"]))
        for row in rows:
            sources, offsets = windows.sequence_ids(row), windows["offset_mapping"][row]
            # Batches may be padded on the left; what they are padded to, only their logits tell.
            shift = len(sources) if tokenizer.padding_side == "left" else 0
            yield {
                **{name: torch.tensor([windows[name][row]]) for name in names},
                **self._language_ids(input_),
                "context": context,
                "positions": [at - shift for at, source in enumerate(sources) if source == 1],
                "offsets": [
                    _inked(context, *offset) for offset, source in zip(offsets, sources, strict=True) if source == 1
                ],
                "is_last": row == rows[-1],
            }

    def _forward(self, model_inputs: dict[str, Any]) -> dict[str, Any]:  # type: ignore[override]
        """Logits (batch, length), and what leads back to the contexts."""
        outputs = self.model(**{name: value for name, value in model_inputs.items() if name not in _PASSED})
        kept = {name: model_inputs[name] for name in _PASSED}
        return {"start_logits": outputs.start_logits, "end_logits": outputs.end_logits, **kept}

    def postprocess(  # type: ignore[override]
        self,
        model_outputs: Sequence[Mapping[str, Any]],
        max_answer_tokens: int = 30,
        n_best: int = 20,
        top_k: int = 1,
    ) -> dict[str, Any] | list[dict[str, Any]]:
        """The best answers of all windows of a question."""
        spans = _best_spans(model_outputs, max_answer_tokens, n_best)
        scores = torch.tensor([score for _, _, score in spans], dtype=torch.float64).softmax(dim=0).tolist()
        context = model_outputs[0]["context"]
        answers = [
            {"answer": context[start:end], "start": start, "end": end, "score": score} | self._translations()
            for (start, end, _), score in zip(spans[:top_k], scores, strict=False)
        ]
        nothing = {"answer": "", "start": 0, "end": 0, "score": 0.0} | self._translations()
        return next(iter(answers), nothing) if top_k == 1 else answers

    def _languages(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """The languages of context and question, for a tokenizer that reads them."""
        tokenizer: Any = self.tokenizer
        if "language_ids" not in tokenizer.model_input_names:
            return {}
        language = asked.get("language") or tokenizer.language
        return {"language": language, "question_language": asked.get("question_language") or language}

    def _language_ids(self, asked: Mapping[str, Any]) -> dict[str, Tensor]:
        """The language of the context, for a model that asks for it though its tokenizer gives none."""
        config: Any = self.model.config
        if not getattr(config, "reads_languages", False):
            return {}
        known = config.languages
        language = asked.get("language")
        return {"language_ids": torch.tensor([known.index(language) if language in known else len(known)])}

    def _translations(self) -> dict[str, dict[str, str]]:
        config: Any = self.model.config
        languages = getattr(config, "parallel_languages", ())
        return {"translations": dict.fromkeys(languages, config.missing)} if languages else {}


def _given(parameters: Mapping[str, int | None]) -> dict[str, int]:
    return {name: value for name, value in parameters.items() if value is not None}


def _check(asked: Any) -> None:
    if not isinstance(asked, Mapping) or not {"question", "context"} <= set(asked) <= set(_KEYS):
        raise ValueError(
            "`inputs` must have the keys question and context, and if need be language and question_language, "
            f"but is {asked!r} instead."
        )
    for name in ("question", "context"):
        if not isinstance(asked[name], str):
            raise ValueError(f"`{name}` must be a text, but is {asked[name]!r} instead.")
        if not asked[name].strip():
            raise ValueError(f"`{name}` must not be blank, but is {asked[name]!r} instead.")


def _inked(text: str, start: int, end: int) -> tuple[int, int]:
    """A token without its outer blanks; empty where it has nothing else."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _best_spans(windows: Sequence[Mapping[str, Any]], width: int, n_best: int) -> list[tuple[int, int, float]]:
    """First code point, the one after the last, and score of the best spans, no text twice.

    Equal scores come in the order of windows, first tokens, last tokens.

    Args:
        windows: all windows of one question.
        width: greatest number of tokens of a span.
        n_best: greatest number of spans.
    """
    scored = [_scored_pairs(window, width) for window in windows]
    scores, tokens = (torch.cat(column) for column in zip(*scored, strict=True))
    rows = torch.repeat_interleave(torch.tensor([len(score) for score, _ in scored]))
    best: dict[str, tuple[int, int, float]] = {}
    for at in scores.sort(descending=True, stable=True).indices:
        offsets, (first, last) = windows[int(rows[at])]["offsets"], tokens[at].tolist()
        start, end = offsets[first][0], offsets[last][1]
        best.setdefault(windows[0]["context"][start:end], (start, end, float(scores[at])))
        if len(best) == n_best:
            break
    return list(best.values())


def _scored_pairs(window: Mapping[str, Any], width: int) -> tuple[Tensor, Tensor]:
    """Scores (P,) of all pairs of context tokens that may be a span, and the tokens (P, 2), row by row."""
    start, end = (window[name][0, window["positions"]].double() for name in ("start_logits", "end_logits"))
    if not (start + end < torch.inf).all():
        raise ValueError(f"Logits must be finite, but are not in a window of {window['context'][:40]!r}...")
    inked = torch.tensor([begin < stop for begin, stop in window["offsets"]], dtype=torch.bool)
    scores = start[:, None] + end
    allowed = (inked[:, None] & inked).triu().tril(width - 1) & (scores > -torch.inf)
    return scores[allowed], allowed.nonzero()


# Notes on the class how it is saved with a checkpoint; whether transformers knows it is for others to say.
PipelineRegistry({}, {}).register_pipeline(
    TASK, CrossLingualQuestionAnsweringPipeline, pt_model=AutoModelForQuestionAnswering
)
