"""STS: a role that is taken with an MFA device takes its code, which is 123456 for every device."""

from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

CODE = "123456"


def install():
    take = TokenResponse.assume_role

    def assume_role(self):
        if self._get_param("SerialNumber") and self._get_param("TokenCode") != CODE:
            raise STSClientError(
                "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."
            )
        return take(self)

    TokenResponse.assume_role = assume_role
