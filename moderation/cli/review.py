"""The command that opens the review page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.app import app

LAST_PORT = 65_535


@app.command()
def review(
    queue: Annotated[Path, typer.Argument(help="A queue that a scan wrote.")] = Path("queue.csv"),
    reviewer: Annotated[
        str,
        typer.Option("--reviewer", help="Your name beside each decision; else the page asks."),
    ] = "",
    port: Annotated[
        int, typer.Option("--port", min=0, max=LAST_PORT, help="The port; 0 takes any free one.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Decide about a queue's comments on a page in the browser, on this machine only.

    The page works on the same file as a spreadsheet. Press Ctrl-C to end; every decision is saved
    as it is made.
    """
    from moderation.memory import without_collection
    from moderation.review_desk.desk import open_desk
    from moderation.review_page.asking import reviewer_name
    from moderation.review_page.serving import listen, open_browser, prepare, serve
    from moderation.terminal import review as shown

    name = reviewer_name(reviewer)
    listener = listen(port)
    with without_collection():  # a fifth of the start otherwise
        prepare()
        desk = open_desk(queue, name)

    def when_ready() -> None:
        shown.show_opened(desk.queue, desk.summary(), listener.address, opens=not no_browser)
        if not no_browser:
            open_browser(listener, shown.show_no_browser)

    serve(desk, listener, when_ready)
    shown.show_ended(desk.queue, desk.summary())
