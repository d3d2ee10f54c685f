"""Markdown to safe HTML."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(["table"])
_TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "hr", "code", "pre"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


def render(text: str) -> SafeString:
    """Markdown as HTML that is safe to show: no raw HTML, no scripts, only http, https, mailto and tel links."""
    html = nh3.clean(
        _MARKDOWN.render(text), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}
    )
    return mark_safe(html)  # noqa: S308 - cleaned by nh3 in the line above
