"""Who runs the command line, as the audit log names them."""

import os
from getpass import getuser

from ...domain.actor import Operator


def system_operator() -> Operator:
    """The operator with the name of the system user.

    The name is that of the process's user, not of the variables ``USER`` and ``LOGNAME``, which
    anyone can set. Under sudo it is the user who called sudo: only root could set ``SUDO_USER``
    to another name, and root can be anyone. A user without an entry in the system's list, as in a
    container, is named by number.
    """
    try:
        import pwd  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return Operator(getuser())
    user = os.getuid()
    if user == 0 and os.environ.get("SUDO_USER"):
        return Operator(os.environ["SUDO_USER"])
    try:
        return Operator(pwd.getpwuid(user).pw_name)
    except KeyError:
        return Operator(str(user))
