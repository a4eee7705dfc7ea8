"""What the emulator was started with."""

# The URL that invocations of Lambda functions go to, or None.
lambda_url = None

# Whether aws:SecureTransport is true for requests over plain HTTP.
plain_http_is_secure = True
