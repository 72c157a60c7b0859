"""Placeholder pictures of products, drawn as SVG from the `art` in `sample_vocabulary.json`.

A glyph there is SVG round the origin, about 220 units wide and standing on y = 110. Its `{m}`, `{a}`, `{d}`,
`{k}` and `{w}` become the fill of the main, accent, dark, shade and highlight colour, their capitals the stroke.
"""

import hashlib
import re
import textwrap
import unicodedata
from functools import cache
from html import escape
from importlib.resources import files
from typing import NamedTuple

import msgspec

from recommender.product import PATH_SEPARATOR

FALLBACK_GLYPH = "box"
DARK = "#3a3f4b"
# What XML 1.0 cannot hold, not even escaped (section 2.2, production Char), and lone surrogates.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LINE_CHARACTERS = 34
# Least difference of two colours that can be told apart when they touch: sum over R, G and B of 0 to 255.
CONTRAST = 170

TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" width="480" height="480" role="img">
<title>{title}</title>
<defs><linearGradient id="{gradient}" gradientTransform="rotate({angle})">
<stop stop-color="hsl({hue},52%,95%)"/><stop offset="1" stop-color="hsl({hue2},46%,86%)"/>
</linearGradient></defs>
<rect width="480" height="480" fill="url(#{gradient})"/>
<g fill="hsl({hue},48%,78%)">{backdrop}</g>
<ellipse cx="240" cy="335" rx="124" ry="11" fill="#000" fill-opacity=".13"/>
<g transform="translate(240 202) rotate({tilt} 0 110) scale({mirror}1.2 1.2)">
{glyph}
</g>
<g fill="hsl({hue},28%,26%)" font-family="system-ui,'Segoe UI',Helvetica,Arial,sans-serif" font-size="20"
 font-weight="500" text-anchor="middle">{caption}</g>
</svg>
"""
BACKDROPS = (
    '<circle cx="{x}" cy="192" r="150" fill-opacity=".5"/><circle cx="{far}" cy="84" r="24" fill-opacity=".45"/>',
    '<path d="M100 335V190a140 140 0 0 1 280 0V335z" fill-opacity=".5"/><circle cx="{far}" cy="96" r="17"/>',
    '<rect x="104" y="56" width="272" height="272" rx="76" fill-opacity=".5" transform="rotate({x} 240 192)"/>',
    '<circle cx="{x}" cy="192" r="168" fill-opacity=".3"/><circle cx="{x}" cy="192" r="128" fill-opacity=".45"/>',
)


class Art(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is drawn and in which colours.

    Colours are "#rrggbb": `mains` for products whose name tells none, `accents`, and `colours` by lower-case
    word. `hues`: degrees by department; `glyph_words`: glyph by lower-case word or name of a category;
    `glyphs`: lines of SVG by glyph.
    """

    mains: list[str]
    accents: list[str]
    hues: dict[str, int]
    colours: dict[str, str]
    glyph_words: dict[str, str]
    glyphs: dict[str, list[str]]


class _Document(msgspec.Struct, frozen=True):
    art: Art


class _Variation(NamedTuple):
    """Bytes that a product's id decides and nothing else, one for each choice."""

    tint: int
    angle: int
    backdrop: int
    offset: int
    tilt: int
    mirror: int
    main: int
    accent: int


@cache
def load_art() -> Art:
    """The art that comes with the package."""
    text = files("recommender").joinpath("sample_vocabulary.json").read_bytes()
    return msgspec.json.decode(text, type=_Document).art


def draw_product_svg(product_id: str, name: str, category: str) -> str:
    """A picture of 480 x 480 as SVG text, self-contained and the same for the same arguments everywhere.

    Works for any strings: `category` is a path joined by " > ", of which the last part with a known word decides
    the glyph; a colour word in `name` colours it. Characters that XML cannot hold are left out of the caption.
    """
    art = load_art()
    digest = hashlib.sha256(product_id.encode("utf-8", "surrogatepass")).digest()
    chosen = _Variation(*digest[: len(_Variation._fields)])
    hue = (_department_hue(art, category) + chosen.tint % 15 - 7) % 360
    main = _named_colour(art, name) or art.mains[chosen.main % len(art.mains)]
    accent = _contrasting(main, art.accents, chosen.accent)
    x = 216 + chosen.offset % 49
    return TEMPLATE.format(
        title=_text(name),
        gradient="g" + digest[-4:].hex(),
        angle=20 + chosen.angle % 60,
        hue=hue,
        hue2=(hue + 26) % 360,
        backdrop=BACKDROPS[chosen.backdrop % len(BACKDROPS)].format(x=x, far=92 if x > 240 else 388),
        tilt=chosen.tilt % 9 - 4,
        mirror="-" if chosen.mirror % 2 else "",
        glyph=_glyph(art, category).format_map(_paints(main, accent)),
        caption=_caption(name),
    )


def _department_hue(art: Art, category: str) -> int:
    department = category.split(PATH_SEPARATOR)[0]
    known = art.hues.get(department)
    return known if known is not None else hashlib.sha256(_text(department).encode()).digest()[0] * 360 // 256


def _named_colour(art: Art, name: str) -> str | None:
    """The last colour word of the name: the colour stands behind the material."""
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", name.lower())
    return next((art.colours[word] for word in reversed(words) if word in art.colours), None)


def _contrasting(main: str, accents: list[str], start: int) -> str:
    """The first accent from `start` on that stands out against `main`."""
    turned = [accents[(start + i) % len(accents)] for i in range(len(accents))]
    return next((accent for accent in turned if _difference(main, accent) >= CONTRAST), turned[0])


def _difference(one: str, other: str) -> int:
    return sum(abs(a - b) for a, b in zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True))


def _glyph(art: Art, category: str) -> str:
    for part in reversed(category.lower().split(PATH_SEPARATOR)):
        for word in (part, *reversed(re.findall(r"\w+", part))):
            if word in art.glyph_words:
                return "\n".join(art.glyphs[art.glyph_words[word]])
    return "\n".join(art.glyphs[FALLBACK_GLYPH])


def _paints(main: str, accent: str) -> dict[str, str]:
    """The attributes that a glyph's placeholders stand for."""
    paints = {}
    for letter, colour, opacity in (
        ("m", main, "1"),
        ("a", accent, "1"),
        ("d", DARK, "1"),
        ("k", "#000", ".17"),
        ("w", "#fff", ".4"),
    ):
        paints[letter] = f'fill="{colour}" fill-opacity="{opacity}"'
        paints[letter.upper()] = (
            f'fill="none" stroke="{colour}" stroke-opacity="{opacity}" stroke-linecap="round" stroke-linejoin="round"'
        )
    return paints


def _text(text: str) -> str:
    return escape(NOT_XML.sub("", text))


def _caption(name: str) -> str:
    """At most two centred lines; wide characters (CJK, emoji) count twice."""
    wide = any(unicodedata.east_asian_width(character) in "WF" for character in name)
    width = LINE_CHARACTERS // 2 if wide else LINE_CHARACTERS
    # The cut only bounds the work. A number stays with its unit ("0.9 L").
    shown = re.sub(r"(?<=\d) (?=[A-Za-z]{1,2}\b)", "\u00a0", NOT_XML.sub("", name)[: 4 * width])
    wrapped = [textwrap.wrap(shown, columns, break_on_hyphens=False) for columns in range(width // 2, width + 1)]
    lines = wrapped[-1]
    if len(lines) == 2:
        # The narrowest width that needs no third line balances the two.
        lines = next(candidate for candidate in wrapped if len(candidate) == 2)
    elif len(lines) > 2:
        lines = [lines[0], lines[1][: width - 1] + "…"]
    top = 413 if len(lines) == 2 else 426
    return "".join(f'<text x="240" y="{top + 28 * i}">{escape(line)}</text>' for i, line in enumerate(lines))
