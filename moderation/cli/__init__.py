"""The command ``moderation``: parse, make one call, show. The only room that exits.

``app`` is the application, each other file holds the commands on one thing. Nothing heavy is
imported before a command needs it, so that ``--help`` answers at once.
"""

# A command registers itself with the application when its file is imported.
from moderation.cli import (
    lexicon,
    models,
    pages,
    policies,
    queue,
    reporting,
    review,
    sharing,
    tuning,
)
from moderation.cli.app import app, main

__all__ = [
    "app",
    "lexicon",
    "main",
    "models",
    "pages",
    "policies",
    "queue",
    "reporting",
    "review",
    "sharing",
    "tuning",
]
