"""The form people sign in with."""

from typing import Any

from flask_security import LoginForm, hash_password
from wtforms import BooleanField


class SignInForm(LoginForm):
    """Flask-Security's, with our way to stay signed in: a stay that ends, not a second cookie."""

    remember = None  # type: ignore[assignment]  # WTForms' way to take a field away
    stay = BooleanField("Stay signed in on this computer for 14 days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text = "E-mail"

    def validate(self, **more: Any) -> bool:
        """Take as long for an invited user, who has no password yet, as for any other (S5)."""
        is_right: bool = super().validate(**more)
        if self.user is not None and not self.user.password:
            hash_password(self.password.data or "")
        return is_right
