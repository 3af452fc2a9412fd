"""The mistakes that a user can make, and those that the world makes for them.

Every message is a complete sentence for the person at the keyboard: what happened, where, and what
to try.
"""

from __future__ import annotations


class ModerationError(Exception):
    """Base of every error that this package raises on purpose.

    Its text is ready to be shown: the command prints it as it is and exits with ``exit_code``.
    """

    exit_code = 2


class UsageError(ModerationError):
    """The command or call asks for something that cannot be: a wrong name, path or option."""


class PolicyError(UsageError):
    """A policy file that cannot be used; the message names file, line and key."""


class LexiconError(UsageError):
    """A term table that cannot be used; the message names file, line and column."""


class ModelUnavailable(ModerationError):
    """A toxicity model whose package or weights cannot be had here."""


class QueueExists(ModerationError):
    """The queue file holds work that writing would destroy."""


class OutputError(ModerationError):
    """The result could not be written; what stood there before is untouched."""

    exit_code = 1


class ClusterError(ModerationError):
    """A cluster that cannot be had, or that cannot do or go on with the work."""


class Interrupted(ModerationError):
    """Somebody stopped the work before anything was written."""

    exit_code = 130
