"""Convert Markdown to safe HTML and to readable plain text."""

from collections.abc import Iterable
from urllib.parse import unquote

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True}).enable(["table", "linkify"])
assert _MARKDOWN.linkify  # noqa: S101  # nosec B101 # created by the option "linkify"
_MARKDOWN.linkify.set({"fuzzy_link": False})  # „Dual.und“ is no address
_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "hr", "code", "pre"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


def render(text: str) -> SafeString:
    """Return the Markdown as safe HTML: no raw HTML, no scripts, only http, https, mailto and tel links.

    An address typed without brackets becomes a link, too.
    """
    html = nh3.clean(_MARKDOWN.render(text), tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES)
    return mark_safe(html)  # noqa: S308  # nosec B308 B703 # cleaned by nh3 in the line above


def plain(text: str) -> str:
    """Return the Markdown as plain text for a mail: without marks, and without what the HTML leaves out.

    Links become „Text (address)“, lists keep dashes or numbers, a quotation its „> “, a table has one line per row.
    Lines end with a line feed; the whole is stripped.
    """
    return _blocks(SyntaxTreeNode(_MARKDOWN.parse(text)).children).strip()


def _blocks(nodes: Iterable[SyntaxTreeNode], *, gap: str = "\n\n") -> str:
    """Return the blocks as plain text, with `gap` between them; empty ones are left out."""
    return gap.join(found for node in nodes if (found := _block(node)))


def _block(node: SyntaxTreeNode) -> str:
    """Return a paragraph, heading, list, quotation, code, line or table as plain text."""
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type == "blockquote":
        return _indented(_blocks(node.children), "> ", "> ")
    if node.type in ("fence", "code_block"):
        return node.content.rstrip("\n")
    if node.type == "hr":
        return "* * *"
    if node.type == "table":
        return "\n".join(_row(row) for part in node.children for row in part.children)
    return "".join(_inline(child) for child in node.children)  # a paragraph or a heading: one inline node


def _list(node: SyntaxTreeNode) -> str:
    """Return a list as plain text: a dash or number before each item, its further lines indented as far."""
    start = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, start):
        mark = "- " if node.type == "bullet_list" else f"{number}. "
        is_tight = all(child.hidden for child in item.children if child.type == "paragraph")
        items.append(_indented(_blocks(item.children, gap="\n" if is_tight else "\n\n"), mark, " " * len(mark)))
    return "\n".join(items)


def _indented(text: str, first: str, further: str) -> str:
    """Return the text with `first` before its first line and `further` before the others."""
    head, *rest = text.split("\n")
    return "\n".join([first + head, *(f"{further}{line}".rstrip() for line in rest)])


def _row(node: SyntaxTreeNode) -> str:
    return " | ".join("".join(_inline(child) for child in cell.children) for cell in node.children)


def _inline(node: SyntaxTreeNode) -> str:
    """Return an inline node as plain text, without marks: a link as „Text (address)“, an image as its words."""
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "image":
        return node.content  # the alternative text; `render` shows no images either
    text = "".join(_inline(child) for child in node.children)
    return _link(text, str(node.attrs.get("href", ""))) if node.type == "link" else text


def _link(text: str, address: str) -> str:
    """Return „Text (address)“, or the text alone where it repeats the address or the scheme is not allowed."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() not in _SCHEMES:
        return text
    shown = unquote(rest) if scheme.lower() in ("mailto", "tel") else address
    says_it = text.strip() in (address, unquote(address), shown, rest.removeprefix("//"), rest.strip("/"))
    return text if says_it else f"{text} ({shown})".strip()
