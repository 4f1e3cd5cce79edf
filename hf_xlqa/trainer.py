"""The one trainer: objectives vary, the loop is upstream's."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from accelerate.utils import broadcast_object_list
from datasets.utils import tqdm
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import Trainer
from transformers.trainer_utils import TrainOutput, speed_metrics

from hf_xlqa.checkpoints import checkpoint_to_resume
from hf_xlqa.collator import WindowCollator, to_window_positions
from hf_xlqa.default_record import record_of
from hf_xlqa.ema import WeightAverage
from hf_xlqa.evaluation import EvaluationSet, Outcome, Sets, SortedWindows, metrics_of, named_sets
from hf_xlqa.interrupt import InterruptCallback, TrainingInterrupted
from hf_xlqa.json_record import write_text
from hf_xlqa.language_streams import LanguageStreams, language_ids
from hf_xlqa.loss_log import LossLog, loss_parts
from hf_xlqa.model_card import write_model_card
from hf_xlqa.models.span_head import IGNORED, can_be_judged, mask_logits, span_losses
from hf_xlqa.objectives.objective import AfterStep, TrainingSetup, WeightedObjectives, forward_arguments
from hf_xlqa.optimization import inverse_exponential
from hf_xlqa.reports import Score, xlt_table
from hf_xlqa.run_record import RunRecord
from hf_xlqa.schema import Prediction
from hf_xlqa.training_args import CrossLingualQATrainingArguments
from hf_xlqa.updates_apart import UpdatesApart

logger = logging.getLogger(__name__)


class CrossLingualQATrainer(Trainer):
    """Trains any question-answering model on a weighted sum of objectives, and evaluates it by language.

    - The loss is `args.objectives`; the value of each is logged under its name, what else it has to log as
      `NAME_WHAT`, and every part of the loss that the model names in `loss_parts` as `part_NAME`: means over
      the examples since the last log, over all processes.
    - An optimizer step sees the mean over all its examples, however they are spread over accumulated
      batches and processes.
    - An objective that makes updates of its own is logged as it was before them, and is no part of the loss.
    - Columns that the model's forward does not spell out are for the objectives only.
    - With `args.ema_decay`, evaluation and saving use the average of the weights (`ema.WeightAverage`).
    - Ctrl-C leaves a checkpoint to resume from and ends `train` with `TrainingInterrupted`.

    Args:
        model: a model with `start_logits` and `end_logits` in its output, ours or any from the Hub.
        args: the arguments.
        eval_dataset: evaluation sets, as a sequence or by any name.
        record: what `results.json` says of the run beside its scores; by default what the arguments tell.
        kwargs: as in `transformers.Trainer`; the collator is by default a `WindowCollator` of the tokenizer
            given as `processing_class`.

    Raises:
        ValueError: when two evaluation sets have one name, an argument is out of range, or the tokenizer
            numbers languages otherwise than the model.
    """

    args: CrossLingualQATrainingArguments

    def __init__(
        self,
        model: nn.Module | None,
        args: CrossLingualQATrainingArguments,
        *,
        eval_dataset: Sets | None = None,
        record: RunRecord | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("data_collator") is None and kwargs.get("processing_class") is not None:
            kwargs["data_collator"] = WindowCollator(kwargs["processing_class"])
        self.evaluation_sets = named_sets(eval_dataset or ())
        super().__init__(model, args, eval_dataset=cast(Any, self.evaluation_sets or None), **kwargs)
        _check_languages(self.network, kwargs.get("processing_class"))
        if isinstance(self.data_collator, WindowCollator) and "cls_index" in forward_arguments(self.network):
            self.data_collator = replace(self.data_collator, places=True)
        # Tells upstream not to divide the loss by the number of accumulated batches: `compute_loss` has.
        self.model_accepts_loss_kwargs = True
        self.objectives = WeightedObjectives(args.objectives, cast(Any, args.objective_options)).to(args.device)
        self.updates_apart = UpdatesApart(self.objectives)
        self.add_callback(AfterStep(self._after_step))
        self._objectives_checkpoint: Path | None = None
        self.loss_log = LossLog()
        self.interrupt = InterruptCallback()
        self.add_callback(self.interrupt)
        self.average = WeightAverage(args.ema_decay) if args.ema_decay is not None else None
        if self.average is not None:
            self.add_callback(self.average)
        self.record = record or record_of(args, self.network)
        self.scores: dict[int, dict[str, Score]] = {}

    @property
    def folder(self) -> str:
        """Where everything is written."""
        return cast(str, self.args.output_dir)

    @property
    def network(self) -> nn.Module:
        """The model itself, not wrapped for several processes."""
        return cast(nn.Module, self.model)

    def train(
        self, resume_from_checkpoint: str | bool | None = None, trial: Any = None, ignore_keys_for_eval: Any = None
    ) -> TrainOutput:
        """Train, and show the scores of the weights that the model is left with.

        Args:
            resume_from_checkpoint: a checkpoint folder, or True for the last whole one in the output folder.
            trial, ignore_keys_for_eval: as upstream.

        Raises:
            TrainingInterrupted: after Ctrl-C, when the checkpoint is saved.
            ValueError: when `ema_decay` is set and the weights are sharded, an objective makes updates of its own
                with DeepSpeed, or the checkpoint is not whole (see `checkpoint_to_resume`).
        """
        if self.average is not None and (self.is_fsdp_enabled or self.is_deepspeed_enabled):
            raise ValueError("`ema_decay` must be None with FSDP or DeepSpeed, but is set: no process has all weights.")
        self.updates_apart.begin(self)
        checkpoint = checkpoint_to_resume(resume_from_checkpoint, self.folder)
        if self.average is not None:
            self.average.resume(checkpoint)
        self._objectives_checkpoint = Path(checkpoint) if checkpoint is not None else None
        self.scores.clear()
        with self.interrupt:
            result: TrainOutput = super().train(checkpoint, trial=trial, ignore_keys_for_eval=ignore_keys_for_eval)
        if self.interrupt.interrupted:
            # A launcher ends all processes as soon as one fails: none may while another is saving.
            self.accelerator.wait_for_everyone()
            raise TrainingInterrupted(
                f"Training stopped at step {self.state.global_step} of {self.state.max_steps}; go on from there "
                f"with `resume_from_checkpoint={Path(self.folder) / f'checkpoint-{self.state.global_step}'}`."
            )
        self._show_final_scores()
        return result

    def create_optimizer(self, *args: Any, **kwargs: Any) -> torch.optim.Optimizer:
        """As upstream, after the objectives have prepared what they train themselves and taken up its state.

        Args:
            args, kwargs: as upstream.

        Raises:
            FileNotFoundError: when training resumes from a checkpoint without the state of the objectives.
        """
        self.objectives.prepare(
            TrainingSetup(self.network, self.accelerator, self.args, self.train_dataset, self.data_collator)
        )
        if self._objectives_checkpoint is not None:
            self.objectives.resume(self._objectives_checkpoint)
        return super().create_optimizer(*args, **kwargs)

    @staticmethod
    def get_optimizer_cls_and_kwargs(args: Any, model: Any = None) -> tuple[Any, Any]:
        """As upstream; with `coupled_weight_decay`, Adam in place of AdamW."""
        optimizer, options = Trainer.get_optimizer_cls_and_kwargs(args, model)
        return torch.optim.Adam if args.coupled_weight_decay else optimizer, options

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        """As upstream; with `warmup_shape`, another rise of the learning rate."""
        scheduler: Any = super().create_scheduler(num_training_steps, optimizer)
        if self.args.warmup_shape == "inverse_exponential":
            shape = partial(inverse_exponential, warmup_steps=self.args.get_warmup_steps(num_training_steps))
            scheduler.lr_lambdas = [shape] * len(scheduler.lr_lambdas)
        return scheduler

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """As upstream; with `balance_languages`, the languages in turn."""
        if not self.args.balance_languages:
            return super()._get_train_sampler(train_dataset)
        dataset: Any = self.train_dataset if train_dataset is None else train_dataset
        streams = LanguageStreams(language_ids(dataset), seed=self.args.data_seed or self.args.seed)
        if self.args.train_batch_size % len(streams.streams):
            raise ValueError(
                f"`per_device_train_batch_size` must be a multiple of the {len(streams.streams)} languages with "
                f"`balance_languages`, but is {self.args.train_batch_size} instead."
            )
        logger.info("an epoch goes through the languages %s times", ", ".join(f"{each:.2f}" for each in streams.passes))
        return streams

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Tensor]:
        """The batches of one optimizer step, and how many examples they hold in all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        count = sum(len(batch["input_ids"]) for batch in batches)
        return batches, self.accelerator.reduce(torch.full((), float(count), device=device), reduction="sum")

    def compute_loss(
        self, model: nn.Module, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The weighted sum of the objectives.

        Args:
            model: the model, possibly wrapped.
            inputs: the whole batch.
            return_outputs: whether to return what the model returned, too.
            num_items_in_batch: examples in the whole optimizer step; the loss is then scaled so that
                the sum over accumulated batches and mean over processes is the mean over examples.
        """
        if model.training:
            self.objectives.before_step(model, inputs)
        outputs = self.objectives.outputs_of(model, inputs)
        loss, values = self.objectives(model, inputs, outputs)
        if num_items_in_batch is not None:
            share = len(inputs["input_ids"]) * self.accelerator.num_processes / num_items_in_batch
            self.loss_log.add({**values, **self.objectives.logs(), **loss_parts(outputs)}, share)
            self.updates_apart.keep(inputs, outputs, share)
            loss = loss * share
        return (loss, outputs) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """As upstream, with the parts of the loss beside the loss."""
        if "loss" in logs:
            logs.update(self.loss_log.read())
        super().log(logs, start_time)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """As upstream; with an average of the weights, that, and in checkpoints the weights to train on beside it."""
        with self._evaluated_weights():
            super().save_model(output_dir, _internal_call)
        if _internal_call and output_dir is not None and self.args.should_save:
            self.objectives.save(Path(output_dir))
        if self.average is not None and _internal_call and output_dir is not None and self.args.should_save:
            self.average.save_training_weights(self.network, output_dir)

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """The card of this run's record in the output folder, in place of upstream's, which knows no rules or corpora.

        Args:
            args, kwargs: as upstream; of use only before the first evaluation, when there are no scores yet.
        """
        if not self.record.scores:
            super().create_model_card(*args, **kwargs)
        elif self.is_world_process_zero():
            write_model_card(self.record, self.folder, repo_id=self.hub_model_id or f"xlqa/{Path(self.folder).name}")

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Answer and score every evaluation set; show the table, and write it with the predictions.

        Args:
            eval_dataset: evaluation sets in place of those of the trainer, as a sequence or by any name.
            ignore_keys: not used.
            metric_key_prefix: first part of the keys.

        Returns:
            PREFIX_CORPUS_LANGUAGE_f1, _exact_match and _loss (the mean span loss of its windows, see
            `prediction_step`) of every set (slashes of its name become underscores), PREFIX_f1 and
            PREFIX_exact_match, the means over the sets, and the speed.

        Raises:
            ValueError: when there is no evaluation set.
        """
        sets = self.evaluation_sets if eval_dataset is None else named_sets(eval_dataset)
        if not sets:
            raise ValueError("`eval_dataset` must hold at least one evaluation set, but is empty instead.")
        start = time.time()
        with self._evaluated_weights():
            outcomes = [self._evaluate_set(each, metric_key_prefix) for each in sets.values()]
        metrics = metrics_of(outcomes, metric_key_prefix)
        metrics |= speed_metrics(metric_key_prefix, start, num_samples=sum(outcome.windows for outcome in outcomes))
        self.log(metrics)
        self._show([outcome.score for outcome in outcomes])
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Windows of one evaluation set in their order.

        Args:
            eval_dataset: the `SortedWindows` of a set.
        """
        collator: Any = self.data_collator
        if isinstance(collator, WindowCollator):
            collator = replace(collator, languages=eval_dataset.languages)
        loader = DataLoader(
            eval_dataset,
            batch_size=self.args.eval_batch_size,
            collate_fn=collator,
            num_workers=self.args.dataloader_num_workers,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return cast(DataLoader[Any], self.accelerator.prepare(loader))

    def prediction_step(
        self, model: nn.Module, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None
    ) -> Any:
        """No mean loss; start and end logits (batch, length); the span loss of each window, and whether it counts.

        Logits count positions from the first real token. The mean loss of a batch would count windows
        that fill up the last batch of the processes, so losses (batch,) take the place of labels. A window counts
        where the model allows an answer at its labels; QANet does not in windows without the answer, which their
        labels place at the separator.
        """
        inputs = self._prepare_inputs(inputs)
        accepted = forward_arguments(model) - set(self.label_names)
        with torch.no_grad(), self.compute_loss_context_manager():
            outputs = model(**{name: value for name, value in inputs.items() if name in accepted})
        mask = inputs.get("answer_mask")
        given = (outputs.start_logits, outputs.end_logits)
        labels = [inputs[name] for name in self.label_names]
        judged = torch.stack([can_be_judged(*each) for each in zip(given, labels, strict=True)]).all(dim=0)
        start, end = (mask_logits(logits.float(), mask) for logits in given)
        losses = span_losses(start, end, *(label.masked_fill(~judged, IGNORED) for label in labels))
        shifted = (to_window_positions(logits, inputs["attention_mask"]) for logits in (start, end))
        return None, tuple(shifted), (losses, judged)

    def answer(self, evaluated: EvaluationSet) -> list[Prediction]:
        """The answers to one set, which needs no golds; none on processes other than the main one."""
        with self._evaluated_weights():
            return self._answer(evaluated, "test")[0]

    def _after_step(self) -> None:
        self.updates_apart.make(self)
        self.objectives.after_step()

    def _evaluate_set(self, each: EvaluationSet, prefix: str) -> Outcome:
        """Answer and score one set; the main process writes the answers and tells the others the score."""
        predictions, loss = self._answer(each, prefix)
        score: list[Any] = [None]
        if self.is_world_process_zero():
            each.write(predictions, self.folder)
            score = [each.score(predictions)]
        broadcast_object_list(score)
        return Outcome(score[0], loss=loss, windows=len(each.features.windows))

    def _answer(self, each: EvaluationSet, prefix: str) -> tuple[list[Prediction], float]:
        """Answers to one set, on the main process, and the mean loss of its windows, NaN where none can be judged."""
        windows = SortedWindows(each.features, each.parallel)
        output = self.evaluation_loop(
            self.get_eval_dataloader(windows),
            description=f"Evaluation on {each.name}",
            prediction_loss_only=False,
            metric_key_prefix=prefix,
        )
        # Closes the progress bar of this set; `on_evaluate` comes after the last set only.
        self.control = self.callback_handler.on_predict(self.args, self.state, self.control, output.metrics)
        losses, judged = (np.concatenate(column) for column in zip(*cast(Any, output.label_ids), strict=True))
        loss = float(losses.sum() / judged.sum()) if judged.any() else math.nan
        if not self.is_world_process_zero():
            return [], loss
        return each.answer(*windows.restore(cast(Any, output.predictions)), **self.args.limits), loss

    def _evaluated_weights(self) -> AbstractContextManager[None]:
        return nullcontext() if self.average is None else self.average.in_place_of(self.network)

    @property
    def _step_of_weights(self) -> int:
        """The step after which the model had the weights it has now."""
        best = self.args.load_best_model_at_end and not self.is_in_train
        return (self.state.best_global_step if best else None) or self.state.global_step

    def _show(self, scores: Sequence[Score]) -> None:
        """Print the table of some scores, and write `results.json` with all that these weights have."""
        step = self._step_of_weights
        known = self.scores.setdefault(step, {})
        known.update({score.name: score for score in scores})
        self.record = replace(self.record, scores=tuple(known.values()))
        if self.is_world_process_zero():
            tqdm.write(xlt_table({f"step {step}": scores}, rows="sets", style="plain"))
            write_text(Path(self.folder) / "results.json", self.record.to_json())

    def _show_final_scores(self) -> None:
        """Show the scores of the weights that training ends with, evaluating them where that has not been done."""
        if self.evaluation_sets and self.args.eval_strategy != "no":
            scores = self.scores.get(self._step_of_weights)
            if scores is None:
                self.evaluate()
            else:
                self._show(list(scores.values()))


def _check_languages(model: Any, tokenizer: Any) -> None:
    """Refuse a tokenizer whose language ids would choose the layers of other languages."""
    known, given = (list(getattr(each, "languages", None) or ()) for each in (model.config, tokenizer))
    if known and given != known[: len(given)]:
        raise ValueError(
            f"`processing_class` must number the languages as the model does ({', '.join(known)}), "
            f"but has {', '.join(given)} instead."
        )
