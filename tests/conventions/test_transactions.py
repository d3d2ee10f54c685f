"""What a person does is one transaction: every public service function with `by` says so, or why it does not."""

import ast

from tests.conventions.sources import files, relative, tree

_PART = "a part of acts: called inside their transaction"
_TWO = "decides in one transaction and writes the mails after it; each of the two is atomic"

# Module and function → why it has no `@transaction.atomic` of its own.
EXPLAINED = {
    "activity.record": _PART,
    "carry_out.carry_out": _TWO,
    "carry_out.take_back": _TWO,
    "cancel.cancel": _TWO,
    "cancel.invite_never_mailed": _PART,
    "cancel.reinstate": _TWO,
    "withdraw.withdraw": _TWO,
    "changes.note": _PART,
    "changes.renew_waiting": _PART,
    "changes.start": _PART,
    "changes.tell": _TWO,
    "delivery.claim": "a conditional UPDATE; `by` is a worker",
    "invite.invite": _TWO,
    "letters.send": _TWO,
    "members.deactivate": "sets fields and calls `change`, which is atomic",
    "members.reactivate": "sets fields and calls `change`, which is atomic",
    "remind.remind": _TWO,
    "record.record": "opens its transaction inside, so that a refusal is raised after the attempt is kept",
    "dispatch.start_act": _PART,
    "settling.mark": _PART,
    "start.start_act": _PART,
    "start.start_many": _PART,
}


def _without_transaction() -> set[str]:
    found = set()
    for path in files("*.py"):
        if "/services/" not in relative(path) or relative(path).startswith("tests/"):
            continue
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                is_act = any(argument.arg == "by" for argument in node.args.kwonlyargs)
                if is_act and not any("atomic" in ast.unparse(one) for one in node.decorator_list):
                    found.add(f"{path.stem}.{node.name}")
    return found


def test_every_act_of_a_person_is_one_transaction():
    assert sorted(_without_transaction()) == sorted(EXPLAINED)
