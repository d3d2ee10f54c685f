"""Run Dovecot on this machine: it takes mails by LMTP and serves them by IMAP. Users need no accounts."""

import getpass
import grp
import os
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imap_tools import MailBoxUnencrypted

from tests.waiting import PATIENCE, free_port, wait_for

PASSWORD = "ge:heim/@"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Ln
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
recipient_delimiter = +
auth_mechanisms = plain {mechanism}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
{token_passdb}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = .
  prefix = INBOX.
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-urlauth-login {{
  chroot =
}}
"""


_TOKEN_PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {file}
}}
"""
_OAUTH2 = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot, by its ports; every recipient's name has a mailbox."""

    imap: int
    lmtp: int

    def deliver(self, sender: str, recipient: str, raw: bytes) -> None:
        """Deliver a mail by LMTP, as another mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=PATIENCE) as server:
            server.sendmail(sender, [recipient], raw)

    def mails(self, name: str, folder: str = "INBOX") -> list[bytes]:
        """Return the mails in a folder of the mailbox, oldest first; none if the folder is missing."""
        with MailBoxUnencrypted("127.0.0.1", self.imap, timeout=PATIENCE).login(name, PASSWORD, None) as box:
            if not box.folder.exists(folder):
                return []
            box.folder.set(folder)
            return [message.obj.as_bytes() for message in box.fetch(mark_seen=False)]


@contextmanager
def dovecot(*, introspection: str = "") -> Iterator[Dovecot]:
    """Run Dovecot until the block ends. With an address for introspection (RFC 7662) it takes tokens (XOAUTH2), too.

    Started by root it uses the account `nobody`: it refuses mailboxes of root.

    It has its own folder, because `nobody` cannot enter pytest's and socket paths must be short.
    """
    user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    if user == "root":
        user, group = "nobody", "nogroup"
    ports = {"imap": free_port(), "lmtp": free_port()}
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        config = folder / "dovecot.conf"
        tokens = {"mechanism": "", "token_passdb": ""}
        if introspection:
            (folder / "oauth2.conf").write_text(_OAUTH2.format(url=introspection))
            tokens = {"mechanism": "xoauth2", "token_passdb": _TOKEN_PASSDB.format(file=folder / "oauth2.conf")}
        config.write_text(_CONFIG.format(folder=folder, user=user, group=group, password=PASSWORD, **ports, **tokens))
        if os.getuid() == 0:
            shutil.chown(folder / "mail", user, group)
            folder.chmod(0o711)
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        process = subprocess.Popen([program, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
        server = Dovecot(**ports)
        try:
            wait_for("dovecot answers", lambda: _answers(server))
            yield server
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answers(server: Dovecot) -> bool:
    try:
        with smtplib.LMTP("127.0.0.1", server.lmtp, timeout=5):  # `wait_for` repeats the question
            return server.mails("anybody") == []
    except (OSError, smtplib.SMTPException):
        return False
