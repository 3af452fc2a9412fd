"""Make a drawing of matplotlib part of a page: its colours, its font, no styles of its own.

matplotlib writes a style into each element. Here every distinct style becomes a class of the page's
one style sheet, so that the page can forbid all other styles, and each colour becomes a variable of
the page, so that the drawing follows it into the dark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"font:\s*(?:(?P<weight>bold|\d{3})\s+)?(?P<size>[\d.]+px)[^;]*")


class StyleSheet:
    """The classes of all drawings of a page; equal styles share one."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        """Take the colours to replace: ``#010101`` as matplotlib writes it to ``var(--ink)``."""
        self._colours = colours
        self._classes: dict[str, str] = {}

    def class_of(self, style: str) -> str:
        """The class that stands for a style, made when it is new."""
        return self._classes.setdefault(self._with_variables(style), f"d{len(self._classes)}")

    def css(self) -> str:
        """The rules of all classes so far."""
        return "\n".join(f".{name}{{{style}}}" for style, name in self._classes.items())

    def _with_variables(self, style: str) -> str:
        style = _FONT.sub(_font_size, style)
        for colour, variable in self._colours.items():
            style = style.replace(colour, variable)
        return style


def restyled(svg: str, name: str, sheet: StyleSheet) -> str:
    """Turn a whole SVG file into an element to stand in a page.

    ``name`` sets its ids apart from those of the page's other drawings. The drawing is hidden from
    screen readers, which are given the table beside it.
    """
    root = ElementTree.fromstring(svg)
    _drop(root, {f"{_SVG}metadata", f"{_SVG}style", f"{_SVG}title"})
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _restyle(element, name, sheet)
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true", "focusable": "false"}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _font_size(match: re.Match[str]) -> str:
    weight = f"; font-weight: {match['weight']}" if match["weight"] else ""
    return f"font-size: {match['size']}{weight}"


def _drop(parent: ElementTree.Element, tags: set[str]) -> None:
    for child in list(parent):
        if child.tag in tags:
            parent.remove(child)
        else:
            _drop(child, tags)


def _restyle(element: ElementTree.Element, name: str, sheet: StyleSheet) -> None:
    attributes = element.attrib
    if style := attributes.pop("style", ""):
        attributes["class"] = sheet.class_of(style)
    if link := attributes.pop(_LINK, ""):
        attributes["href"] = f"#{name}-{link.removeprefix('#')}"
    if "id" in attributes:
        attributes["id"] = f"{name}-{attributes['id']}"
    for key, value in attributes.items():
        attributes[key] = _REFERENCE.sub(rf"url(#{name}-\1)", value)
