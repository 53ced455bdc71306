"""Reads back what a PDF of fpdf2 holds, the way a reading program does: text through the fonts' own tables."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?<=\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_TOKEN = re.compile(rb"\(((?:\\.|[^\\)])*)\)|/(F\d+) [\d.]+ Tf|\b(q|Q|BT|ET)\b", re.DOTALL)
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def objects(pdf: bytes) -> dict[int, bytes]:
    return {int(number): body for number, body in _OBJECT.findall(pdf)}


def stream(body: bytes) -> bytes:
    data = body.split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]
    return zlib.decompress(data) if b"/FlateDecode" in body.split(b"stream\n", 1)[0] else data


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, one line a piece of text."""
    found = objects(pdf)
    pages = [body for _, body in sorted(found.items()) if b"/Type /Page\n" in body]
    return [_page_text(found, body) for body in pages]


def text(pdf: bytes) -> str:
    """The text of all pages with every run of white space as one space, so that wrapped text can be looked for."""
    return " ".join(" ".join(page_texts(pdf)).split())


def joined(pdf: bytes) -> str:
    """The text of all pages without any white space, for names that are broken at any character."""
    return "".join("".join(page_texts(pdf)).split())


def _page_text(found: dict[int, bytes], page: bytes) -> str:
    content = stream(found[_reference(rb"/Contents", page)])
    resources = found[_reference(rb"/Resources", page)]
    maps = {
        name: _to_unicode(stream(found[_reference(rb"/ToUnicode", found[int(number)])]))
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", resources)
    }
    pieces, saved = [""], []
    current: dict[bytes, str] = {}
    for literal, font, operator in _TOKEN.findall(content):
        if font:
            current = maps[font]
        elif operator == b"q":
            saved.append(current)
        elif operator == b"Q":
            current = saved.pop()
        elif operator == b"BT":
            pieces.append("")
        elif not operator:
            codes = re.sub(rb"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), literal, flags=re.DOTALL)
            pieces[-1] += "".join(current[codes[i : i + 2]] for i in range(0, len(codes), 2))
    return "\n".join(piece for piece in pieces if piece)


def _reference(key: bytes, body: bytes) -> int:
    match = re.search(key + rb" (\d+) 0 R", body)
    assert match, key
    return int(match[1])


def _to_unicode(table: bytes) -> dict[bytes, str]:
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", table)
    return {bytes.fromhex(code.decode()): bytes.fromhex(value.decode()).decode("utf-16-be") for code, value in pairs}
