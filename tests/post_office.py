"""A real mail server on loopback for tests: Postfix takes letters, Dovecot shows what arrived.

Rule: both run from a folder of their own, as root, and touch no other of their kind. Every address at
example.org leads into one mailbox, but nobody@example.org, whom the server does not know.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("postfix", "dovecot")
READER = "mail"  # Debian's user for mail; the mailbox is his
POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = regexp:{folder}/boxes.regexp
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
smtpd_tls_security_level = none
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
BOXES = r"""
if !/^nobody@/
/^.*@example\.org$/ all/
endif
"""
DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/boxes/all
passdb {{
  driver = static
  args = password=reader
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/boxes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def missing() -> str:
    """What a post office lacks here, '' for nothing."""
    if lacks := [name for name in PROGRAMS if not shutil.which(name, path=_path())]:
        return f"{' and '.join(lacks)} not installed"
    return "" if os.geteuid() == 0 else "Postfix is started by root only"


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass(frozen=True)
class PostOffice:
    """A running one: where letters are taken, and where they are read."""

    folder: Path
    smtp: str
    imap: int

    def read(self) -> list[bytes]:
        """Every letter in the mailbox, as IMAP gives it."""
        box = imaplib.IMAP4("127.0.0.1", self.imap, timeout=20)
        try:
            box.login(READER, "reader")
            _, (count,) = box.select("INBOX", readonly=True)
            if not int(count or 0):
                return []
            _, found = box.fetch("1:*", "(RFC822)")
            return [bytes(part[1]) for part in found if isinstance(part, tuple)]
        finally:
            box.logout()

    def queued(self) -> int:
        """How many letters it has taken and not put into the mailbox."""
        queues = ("maildrop", "incoming", "active", "deferred")
        return sum(f.is_file() for q in queues for f in (self.folder / "queue" / q).rglob("*"))

    def settle(self, seconds: float = 60) -> None:
        """Wait until all that was taken is in the mailbox."""
        end = time.monotonic() + seconds
        while self.queued():
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """What the servers say of themselves."""
        logs = (self.folder / "postfix.log", self.folder / "dovecot.log")
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in logs if log.exists())


@contextlib.contextmanager
def opened() -> Iterator[PostOffice]:
    """A post office until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="post-office-"))
    folder.chmod(0o755)
    owner, post = pwd.getpwnam(READER), pwd.getpwnam("postfix")
    smtp, imap = _free(), _free()
    names = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid}
    for name in ("etc", "queue", "data", "boxes", "dovecot"):
        (folder / name).mkdir(mode=0o755)
    os.chown(folder / "data", post.pw_uid, post.pw_gid)
    os.chown(folder / "boxes", owner.pw_uid, owner.pw_gid)
    (folder / "etc" / "main.cf").write_text(POSTFIX.format(**names))
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=smtp))
    (folder / "boxes.regexp").write_text(BOXES)
    (folder / "dovecot.conf").write_text(DOVECOT.format(**names, port=imap))
    environment = {"PATH": _path()}
    quiet = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    postfix = ["postfix", "-c", str(folder / "etc")]
    dovecot: subprocess.Popen[bytes] | None = None
    try:
        started = subprocess.run([*postfix, "start"], **quiet, timeout=60, check=False)  # type: ignore[call-overload]
        assert started.returncode == 0, started.stdout
        dovecot = subprocess.Popen(["dovecot", "-F", "-c", folder / "dovecot.conf"], **quiet)  # type: ignore[call-overload]
        office = PostOffice(folder, f"smtp://127.0.0.1:{smtp}", imap)
        _answers(smtp, office)
        _answers(imap, office)
        yield office
    finally:
        subprocess.run([*postfix, "stop"], **quiet, timeout=60, check=False)  # type: ignore[call-overload]
        if dovecot is not None:
            dovecot.terminate()
            dovecot.communicate(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, office: PostOffice) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                assert line.recv(10)
                return
        except OSError:
            assert time.monotonic() < end, office.log()
            time.sleep(0.05)
