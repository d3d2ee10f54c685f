"""A withdrawn invitation is not one: a query over invitations says `.valid()`, or its reason stands here.

What the acts and the pages make of it: tests/meetings/changes/test_withdrawn_everywhere.py.
"""

import ast
import re
from collections.abc import Iterator

from tests.conventions.sources import files, modules, relative, tree

_CLEANS_UP = "corrects bookkeeping of every row, so that it is right for a person who is invited again"
_LANES = "mails that wait: those to a withdrawn person must not leave either"
_HISTORY = "a person's history says of withdrawn invitations that they are"
_NAMED = "the one row that an address or a mail names; its page or `record.record` says that it is withdrawn"
_WRITTEN = "what somebody wrote to the team stays to be read, whoever is invited still"
_QUESTIONS = "what came by mail waits for a decision, whatever became of the invitation"

# Module and function of each query without `.valid()` → why it is right.
EXPLAINED = {
    "carry_out.carry_out": "makes the stop links of addresses, which belong to people and not to invitations",
    "carry_out._with_waiting_mails": _LANES,
    "calls._invitation": _NAMED,
    "withdraw.take_off": _NAMED,
    "changes._raise_answered_sequence": _CLEANS_UP,
    "changes.note": "the change is noted for a person who is invited again and knows the meeting from before",
    "changes.renew_waiting": _LANES,
    "resolve._invite": "asks `.valid()` in the next statement; the last one reads the row that was just made",
    "resolve._locked": "locks the meeting of one question",
    "preview._sample": "completes one row that `_people` found among the valid ones",
    "cases.about_another_entry": _NAMED,
    "cases.find": _NAMED,
    "cases.from_a_person": _NAMED,
    "invite.mail_once_more": _NAMED,
    "correct.get_queryset": "an address is corrected whoever is invited still; a service decides about the mail",
    "messages.settle": _WRITTEN,
    "panels.for_contact": _HISTORY,
    "panels.for_organisation": _HISTORY,
    "panels._invitation_of": _NAMED,
    "participants._invitations": "the list asks `.valid()`, the section at its end `.withdrawn()`",
    "post.get_queryset": "the page of all mail that was ever written about the meeting",
    "proposals.of_meeting": _QUESTIONS,
    "search._messages": _WRITTEN,
    "today._messages": _WRITTEN,
    "recipients._invited": "says of each row whether it is withdrawn, so that the person can be invited again",
    "standing_in._summary": "counts answers that came in, as events",
    "undo._drop_waiting_invitations": _LANES,
    "undo._lower_counters": _CLEANS_UP,
    "undo._make_draft_again": "a meeting that somebody was invited to is a draft no more",
    "urgent._decisions": _QUESTIONS,
}
# Rows that are named by their keys: whoever collected the keys has asked.
_BY_KEY = re.compile(r"\bpk(__in)?=|\.bulk_(create|update)\(")
_OF_MEETING = re.compile(r"invitations__|invitation__meeting(__|$)")


def _is_query(node: ast.AST) -> bool:
    """Whether the node names rows of invitations: by the manager, a reverse relation, or through other rows."""
    if isinstance(node, ast.Attribute):
        is_manager = node.attr == "objects" and getattr(node.value, "id", "") == "Invitation"
        is_relation = node.attr == "invitations" and getattr(node.value, "id", "") in ("meeting", "contact", "self")
        return is_manager or is_relation
    named = node.arg if isinstance(node, ast.keyword) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        named = node.value if node.value.startswith("invitations__") else None
    return bool(named and _OF_MEETING.match(named))


def _statements(node: ast.AST, where: str, statement: ast.stmt | None) -> Iterator[tuple[str, str]]:
    """Each query's innermost function, and the text of the statement that it stands in."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else where
        around = child if isinstance(child, ast.stmt) else statement
        if _is_query(child) and around is not None:
            yield inside, ast.unparse(around)
        yield from _statements(child, inside, around)


def _unfiltered() -> set[str]:
    found = set()
    for path in modules():
        if relative(path).startswith(("netzwerk/demo/", "netzwerk/management/")):
            continue  # invents rows, and shows nothing
        for function, text in _statements(tree(path), "", None):
            if ".valid(" not in text and not _BY_KEY.search(text):
                found.add(f"{path.stem}.{function}")
    return found


def test_every_query_over_invitations_is_for_valid_ones_or_explained():
    assert sorted(_unfiltered()) == sorted(EXPLAINED)


def test_no_template_asks_for_invitations_itself():
    """A template cannot say `.valid()`; what it shows comes from Python."""
    asks = re.compile(r"\b(?!panel\.)\w+\.invitations\b|invitation_set")
    assert [relative(path) for path in files("*.html") if asks.search(path.read_text(encoding="utf-8"))] == []
