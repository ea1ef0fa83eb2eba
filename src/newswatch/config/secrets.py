"""What a run knows and no configuration says: the mail server's password, and where channels lead.

Rule: read once, from files that nobody else may read or change, from systemd's credentials or the environment; in no message.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newswatch.config.files import contents, decoded
from newswatch.config.settings import ConfigError, Configuration, MailSettings

PASSWORD_VARIABLE = "NEWSWATCH_MAIL_PASSWORD"  # noqa: S105 - the variable's name
CREDENTIAL = "mail-password"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The mail server's *password*, and by reader the addresses of their *channels*."""

    password: str = field(default="", repr=False)
    channels: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_secrets(configuration: Configuration, environ: Mapping[str, str]) -> Secrets:
    """All that letters need to leave. Raises ConfigError for a file that is missing or that others may read or change."""
    return Secrets(
        mail_password(configuration.mail, environ),
        {name: kept(Path(file), f"the channel of {name}") for name, file in configuration.channels},
    )


def mail_password(settings: MailSettings, environ: Mapping[str, str]) -> str:
    """The mail server's password: systemd's credential, else *password_file*, else the environment.

    '' where none is set. Raises ConfigError for a file that is missing or that others may read or change.
    """
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL).exists():
        return _secret(Path(credentials) / CREDENTIAL)
    if not settings.password_file:
        return environ.get(PASSWORD_VARIABLE, "")
    return kept(Path(settings.password_file), "the mail password")


def kept(path: Path, what: str) -> str:
    """The words of a file that nobody else may read or change; *what* they are. Raises ConfigError."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{path}: {what} cannot be read ({error.strerror})") from error
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        raise ConfigError(f"{path}: others may read it: chmod 600 {path}")
    if mode & (stat.S_IWGRP | stat.S_IWOTH):  # and say where letters go
        raise ConfigError(f"{path}: others may change it: chmod 600 {path}")
    return _secret(path)


def _secret(path: Path) -> str:
    """The words of a file that was seen to be there."""
    try:
        return decoded(path, contents(path)).strip()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: is gone") from error
