"""What the commands show on a terminal. ``cli`` calls it; no other room prints.

One file for each thing that is shown. Comment texts are shown only where they are what was asked
for. ``texts`` makes a text from outside harmless, and every one goes through it.
"""
