"""The handler of a Lambda authorizer: ``authorize``.

The import reads the environment and makes the authorizer, so that Lambda does both in its
initialization phase. It raises SettingsError if a variable is wrong. docs/aws-lambda.md shows how
to deploy it.
"""

import os
from typing import Final

from .authorizer import LambdaAuthorizer
from .composition import make_authorizer
from .settings import AuthorizerSettings

__all__ = ["authorize"]

authorize: Final[LambdaAuthorizer] = make_authorizer(AuthorizerSettings.from_environ(os.environ))
