"""Errors by their code, as ElastiCache names them."""

from moto.core.exceptions import ServiceException


class Refused(ServiceException):
    def __init__(self, code, message):
        super().__init__(code, message)
