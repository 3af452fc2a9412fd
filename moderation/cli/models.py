"""Commands on models: ``models list``, ``add``, ``remove``, ``use`` and ``export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.app import app, visible
from moderation.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from moderation.terminal.models import AddingShown
    from moderation.toxicity.models.manifest import Manifest, Precision

models_app = typer.Typer(
    help="Add Detoxify's models and your own, once; scans then need neither PyTorch nor network.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models_app, name="models")


@models_app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the models: which are here, which could be added, and which one scans use."""
    from moderation.terminal.models import models_json, show_models
    from moderation.toxicity import chosen_model
    from moderation.toxicity.models.store import kept_models

    chosen = chosen_model()
    if as_json:
        typer.echo(json.dumps(models_json(kept_models(), chosen), indent=2))
    else:
        show_models(kept_models(), chosen)


NameOrFile = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        help="original, unbiased, multilingual, original-small, unbiased-small; a name of your own "
        "with --checkpoint; or a file that 'models export' wrote.",
    ),
]
CheckpointFile = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="FILE", help="A checkpoint in Detoxify's format."),
]
ConfigFolder = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="DIR",
        help="The folder with config.json and the tokenizer's files of its base model.",
    ),
]
Languages = Annotated[
    str, typer.Option(help="What it may judge: en,de,… Without it, what its kind knows.")
]
PrecisionName = Annotated[
    str,
    typer.Option(
        help="int8 for processors, fp16 for graphics cards, fp32 for both, exact and slow. Without "
        "it int8, or fp32 where int8 is not close enough to Detoxify."
    ),
]


@models_app.command("add")
def add(
    name: NameOrFile,
    checkpoint: CheckpointFile = None,
    config: ConfigFolder = None,
    languages: Languages = "",
    precision: PrecisionName = "",
) -> None:
    """Add a model: fetch or take it, export it, check it against Detoxify, and keep it.

    Needs the extra 'detoxify', but for a file that 'moderation models export' wrote.
    """
    from moderation.terminal.models import AddingShown, show_added
    from moderation.toxicity import chosen_model
    from moderation.toxicity.models.carrying import add_file, is_carried

    file = Path(name)
    try:
        if is_carried(file):
            _refuse_options(checkpoint, config, languages, precision)
            manifest = add_file(file)
        else:
            with AddingShown() as shown:
                manifest = _add_named(name, checkpoint, config, languages, precision, shown)
    except KeyboardInterrupt:
        raise Interrupted("Stopped. No model was added.") from None
    show_added(manifest, chosen_model())


def _add_named(
    name: str,
    checkpoint: Path | None,
    config: Path | None,
    languages: str,
    precision: str,
    shown: AddingShown,
) -> Manifest:
    from moderation.toxicity.models.adding import Wish, add_model

    _refuse_files(name, checkpoint)
    wish = Wish(
        name=name,
        checkpoint=checkpoint,
        config=config,
        languages=_languages(languages),
        precision=_precision(precision),
    )
    return add_model(wish, shown.step, shown.progress)


def _refuse_options(*options: object) -> None:
    if any(options):
        raise UsageError(
            "A file that 'moderation models export' wrote brings everything with it; leave "
            "--checkpoint, --config, --languages and --precision out."
        )


def _refuse_files(name: str, checkpoint: Path | None) -> None:
    if checkpoint is None and Path(name).is_file():
        raise UsageError(
            f"{name} is not a file that 'moderation models export' wrote. If it is a checkpoint in "
            f"Detoxify's format: moderation models add NAME --checkpoint {name} --config DIR."
        )


def _languages(listed: str) -> tuple[str, ...]:
    from moderation.language import LANGUAGES

    codes = tuple(sorted({code.strip().lower() for code in listed.split(",") if code.strip()}))
    unknown = [code for code in codes if code not in LANGUAGES]
    if unknown:
        raise UsageError(
            f"--languages names {', '.join(unknown)}, which no comment is ever found to be in. The "
            f"codes are {', '.join(sorted(LANGUAGES))}."
        )
    return codes


def _precision(named: str) -> Precision | None:
    from moderation.toxicity.models.manifest import PRECISIONS

    if not named:
        return None
    if named not in PRECISIONS:
        raise UsageError(f"There is no precision '{named}'. There are {', '.join(PRECISIONS)}.")
    return named


@models_app.command("remove")
def remove_model(
    name: Annotated[str, typer.Argument(help="A model that was added.")],
) -> None:
    """Delete a model that was added."""
    from moderation.toxicity import chosen_model
    from moderation.toxicity.models.store import remove

    remove(name)
    typer.echo(visible(f"The model '{name}' is removed. Scans use {chosen_model()}."))


@models_app.command("use")
def use(
    names: Annotated[
        list[str], typer.Argument(help="A model, or several, the preferred one first.")
    ],
) -> None:
    """Choose the model of scans that name none.

    Languages that it does not know go to the other added models that do. 'compact' is the embedded
    model.
    """
    from moderation.terminal.models import show_use
    from moderation.toxicity import chosen_model
    from moderation.toxicity.models.store import choose, kept_models, require_usable

    for name in names:
        require_usable(name)
    choose(list(dict.fromkeys(names)))
    show_use(kept_models(), chosen_model())


@models_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="Which, where several were added.")
    ] = "",
) -> None:
    """Write a model into one file, for a machine without network: models add FILE."""
    from moderation.toxicity.models.carrying import export_file
    from moderation.toxicity.models.store import only_model

    manifest = export_file(model or only_model(), file)
    size = file.stat().st_size / 1e6
    typer.echo(
        visible(
            f"Written: {file} ({size:,.0f} MB), the model '{manifest.name}'. On the other machine: "
            f"moderation models add {file.name}"
        )
    )
