"""Lambda: what moto drops of a function's configuration."""

from moto.awslambda.models import LambdaFunction

KEPT = ("DeadLetterConfig", "KMSKeyArn", "LoggingConfig")


def install():
    init, described, updated = (
        LambdaFunction.__init__,
        LambdaFunction.get_configuration,
        LambdaFunction.update_configuration,
    )

    def __init__(self, account_id, spec, *args, **kwargs):
        self.kept = {name: spec[name] for name in KEPT if name in spec}
        init(self, account_id, spec, *args, **kwargs)

    def get_configuration(self, *args, **kwargs):
        return {**described(self, *args, **kwargs), **self.kept}

    def update_configuration(self, config_updates):
        self.kept.update({name: value for name, value in config_updates.items() if name in KEPT})
        self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        return updated(self, config_updates)

    LambdaFunction.__init__ = __init__
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration
