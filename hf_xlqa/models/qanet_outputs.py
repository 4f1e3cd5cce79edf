"""What QANet returns.

Axes: batch, L sequence, L_Q question, L_C context, h hidden.
"""

from dataclasses import dataclass

from torch import Tensor
from transformers.utils.generic import ModelOutput


@dataclass
class QANetEncodedOutput(ModelOutput):
    """What the language-dependent layers make of questions and contexts.

    Args:
        encoded_question: (batch, L_Q, h), what the embedding encoder of its language makes of the question.
        encoded_context: (batch, L_C, h), likewise.
        question_mask, context_mask: (batch, L_Q) and (batch, L_C) bool, True at words.
        context_positions: (batch, L_C) where each context word stands in the sequence; L at padding.
    """

    encoded_question: Tensor = None  # type: ignore[assignment]
    encoded_context: Tensor = None  # type: ignore[assignment]
    question_mask: Tensor = None  # type: ignore[assignment]
    context_mask: Tensor = None  # type: ignore[assignment]
    context_positions: Tensor = None  # type: ignore[assignment]


@dataclass
class QANetModelOutput(ModelOutput):
    """What `QANetModel` returns.

    Args:
        last_hidden_state: (batch, L_C, h), M2, the states after the third pass of the model encoder.
        passes: M0, M1 and M2, each as `last_hidden_state`.
        others: as in `QANetEncodedOutput`.
    """

    last_hidden_state: Tensor = None  # type: ignore[assignment]
    passes: tuple[Tensor, ...] = None  # type: ignore[assignment]
    encoded_question: Tensor = None  # type: ignore[assignment]
    encoded_context: Tensor = None  # type: ignore[assignment]
    question_mask: Tensor = None  # type: ignore[assignment]
    context_mask: Tensor = None  # type: ignore[assignment]
    context_positions: Tensor = None  # type: ignore[assignment]


@dataclass
class QANetQuestionAnsweringOutput(ModelOutput):
    """What `QANetForCrossLingualQA` returns.

    Args:
        loss: scalar; None without labels.
        start_logits, end_logits: (batch, L), the least float where no answer may stand.
        encoded_question, encoded_context, question_mask, context_mask: as in `QANetEncodedOutput`; what a
            language discriminator reads.
        loss_parts: named scalars without gradient: "span".
    """

    loss: Tensor | None = None
    start_logits: Tensor = None  # type: ignore[assignment]
    end_logits: Tensor = None  # type: ignore[assignment]
    encoded_question: Tensor = None  # type: ignore[assignment]
    encoded_context: Tensor = None  # type: ignore[assignment]
    question_mask: Tensor = None  # type: ignore[assignment]
    context_mask: Tensor = None  # type: ignore[assignment]
    loss_parts: dict[str, Tensor] | None = None
