"""Detoxify itself, on a checkpoint that was read safely and without a network.

It is what an export is checked against, and what a checkpoint that was not added is scored with.
Everything here needs the extra ``[detoxify]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.architecture import FAMILIES, Architecture, architecture_of
from moderation.toxicity.models.catalogue import ENGLISH, SEVEN
from moderation.toxicity.models.checkpoint import INSTALL, Checkpoint
from moderation.toxicity.windows import Window

TOKENIZERS = tuple(
    f"{family}Tokenizer{fast}"
    for family in ("Bert", "Roberta", "XLMRoberta", "Albert")
    for fast in ("", "Fast")
)
OVERLAP_TOKENS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A ``Detoxify`` object, and what must be known of it to export it.

    ``window_tokens`` is the most tokens that Detoxify reads of a text, special ones included.
    """

    detoxify: Any
    architecture: Architecture
    labels: tuple[str, ...]
    window_tokens: int

    def predict(self, text: str) -> dict[str, float]:
        """Give Detoxify's own scores of a text, which it cuts at ``window_tokens``."""
        found: dict[str, float] = self.detoxify.predict(text)
        return found

    def special_tokens(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Ask the tokenizer what it puts before and after a text: one token each, in all four.

        Raises ModelUnavailable when it does otherwise.
        """
        ids = tuple(self.detoxify.tokenizer("")["input_ids"])
        if len(ids) != 2:
            raise ModelUnavailable(
                f"The tokenizer puts {len(ids)} tokens around a text where 2 were expected; its "
                "files do not fit the model."
            )
        return ids[:1], ids[1:]

    def window(self) -> Window:
        """Give the windows in which a long text is read: as large as Detoxify's only one."""
        room = self.window_tokens - sum(map(len, self.special_tokens()))
        return Window(tokens=room, stride=room - min(OVERLAP_TOKENS, room // 4))

    def tokenizer_json(self) -> str:
        """Give the tokenizer as the ``tokenizers`` package reads it, without cutting or padding."""
        tokenizer = self.detoxify.tokenizer.backend_tokenizer
        # Detoxify's predict has set both for its last text.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        written: str = tokenizer.to_str()
        return written

    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """Give the weights by their names, as transformers has them after loading."""
        state = self.detoxify.model.state_dict()
        return {name: value.float().numpy() for name, value in state.items()}

    def largest_inputs(
        self, parts: Iterable[str], texts: Sequence[str]
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Run texts, and give for each matrix the largest value that goes into each channel."""
        largest: dict[str, npt.NDArray[np.float32]] = {}

        def watch(part: str) -> Any:
            def look(module: Any, inputs: tuple[Any, ...]) -> None:
                values = inputs[0].detach().abs()
                highest = values.reshape(-1, values.shape[-1]).amax(0).numpy()
                largest[part] = np.maximum(largest.get(part, np.float32(0)), highest)

            return look

        model = self.detoxify.model
        hooks = [
            model.get_submodule(part).register_forward_pre_hook(watch(part)) for part in set(parts)
        ]
        try:
            for text in texts:
                self.predict(text)
        finally:
            for hook in hooks:
                hook.remove()
        return largest


def load_reference(checkpoint: Checkpoint, folder: Path) -> Reference:
    """Build Detoxify's model from a checkpoint and a folder with configuration and tokenizer.

    Raises ModelUnavailable when the package is missing, or the folder does not fit the checkpoint.
    """
    package = _package()
    _refuse_other_classes(checkpoint)
    arguments = {
        "model_type": str(folder),  # else it asks the hub, checkpoint or not
        "model_name": checkpoint.model_class,
        "tokenizer_name": checkpoint.tokenizer_class,
        "num_classes": checkpoint.outputs,
    }
    try:
        with _quietly():
            model, tokenizer = package.get_model_and_tokenizer(
                **arguments, state_dict=dict(checkpoint.state)
            )
        architecture = architecture_of(
            checkpoint.model_class, model.config.to_dict(), str(checkpoint.path)
        )
    except ModelUnavailable:
        raise
    except Exception as error:  # a wrong folder fails anywhere in transformers
        raise ModelUnavailable(
            f"The model of {checkpoint.path} could not be built from the configuration and "
            f"tokenizer in {folder}: {str(error).splitlines()[0]} Both must be those of the "
            f"model '{checkpoint.base}' that the checkpoint names."
        ) from error
    _require_weights(model, checkpoint, folder)
    # Detoxify cuts where its tokenizer says; one that says nothing would run past the positions.
    tokenizer.model_max_length = min(tokenizer.model_max_length, architecture.positions)
    return Reference(
        detoxify=_detoxify(package, model.eval(), tokenizer, checkpoint.labels),
        architecture=architecture,
        labels=checkpoint.labels,
        window_tokens=tokenizer.model_max_length,
    )


def _detoxify(package: Any, model: Any, tokenizer: Any, labels: Sequence[str]) -> Any:
    """Make the object without its own loader, which runs code from the file and asks the hub."""
    made = object.__new__(package.Detoxify)
    made.model, made.tokenizer = model, tokenizer
    made.class_names, made.device = list(labels), "cpu"
    return made


def languages_of(checkpoint: Checkpoint) -> tuple[str, ...]:
    """Tell which languages a checkpoint was trained for, by its class: seven, or English."""
    return SEVEN if checkpoint.model_class.startswith("XLMRoberta") else ENGLISH


def versions() -> str:
    """Name the packages that a reference is made with, and their versions."""
    packages = ("detoxify", "transformers", "torch", "tokenizers", "onnx", "onnxruntime")
    return "; ".join(f"{name} {version(name)}" for name in packages)


def require_packages() -> None:
    """Refuse early what could not be finished: adding needs more packages than scanning."""
    _package()
    try:
        import onnx  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ModelUnavailable(
            f"Exporting a model needs the onnx package, which is not installed ({error}). Install "
            f"it with: {INSTALL}"
        ) from error


def _package() -> Any:
    try:
        from detoxify import detoxify  # noqa: PLC0415 - imports torch and transformers
    except ImportError as error:
        raise ModelUnavailable(
            f"Detoxify's models need the detoxify package, which is not installed ({error}). "
            f"Install it with: {INSTALL}"
        ) from error
    return detoxify


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep transformers from writing bars and advice to the screen, which is not ours to fill."""
    from transformers.utils import logging  # noqa: PLC0415

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _refuse_other_classes(checkpoint: Checkpoint) -> None:
    # Detoxify looks these names up in transformers, whatever they are.
    for found, known in (
        (checkpoint.model_class, tuple(FAMILIES)),
        (checkpoint.tokenizer_class, TOKENIZERS),
    ):
        if found not in known:
            raise ModelUnavailable(
                f"{checkpoint.path} names the class {found}, which is not one of Detoxify's "
                f"models: {', '.join(known)}."
            )


def _require_weights(model: Any, checkpoint: Checkpoint, folder: Path) -> None:
    """Refuse a model of which a part was not in the checkpoint: it would hold random numbers."""
    missing = sorted(set(model.state_dict()) - set(checkpoint.state))
    if missing:
        raise ModelUnavailable(
            f"{checkpoint.path} does not fit the configuration in {folder}: it lacks "
            f"{len(missing)} weights that the configuration asks for, {missing[0]} among them."
        )
