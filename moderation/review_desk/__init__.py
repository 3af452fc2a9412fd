"""The queue as one reviewer works on it: rows, decisions, undo, and what others do meanwhile.

``desk`` is all that others need; ``values`` are the records that it takes and gives. Each decision
is in the log before `Desk.decide` returns, and the queue's file is written behind it.

``working`` keeps memory and disk together: ``book`` has the rows and settles them, ``log_history``
the log, ``taking_up`` reads what others wrote, ``upkeep`` finds the rows to settle, ``write_back``
writes the file, ``holding`` shares the queue's lock with the thread in ``keeping``. ``deciding``
decides, ``operations`` undoes, ``saying`` tells it in a sentence, ``pace`` measures. ``filters``,
``facets`` and ``histogram`` choose and count rows, with ``fixed_rows``; ``evidence`` reads the
scores file, ``surroundings`` puts one comment together.

Nothing is imported here: the parts are heavy, and ``--help`` needs none of them.
"""
