"""Commands on policies."""

from __future__ import annotations

from typing import Annotated

import typer

from moderation.cli.app import app


@app.command()
def policy(
    name: Annotated[
        str, typer.Argument(help="lenient, standard, strict, or a TOML file to check.")
    ] = "standard",
) -> None:
    """Print a policy, with what its thresholds were measured to give, to start your own from."""
    from moderation.policy import annotated_policy
    from moderation.toxicity import measured_effect

    typer.echo(annotated_policy(name, measured_effect), nl=False)
