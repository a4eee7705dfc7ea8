"""S3: settings of a bucket come back as they were written, and bucket policies are evaluated.

moto works with what it understands of a setting (a default key, a lock); what is read back is the document itself.
"""

from moto.s3 import models, responses
from moto.s3.exceptions import S3ClientError

from policies import s3_requests

# As AWS answers for a bucket that was never told how to encrypt.
DEFAULT_ENCRYPTION = (
    '<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
    "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
    "<BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
)

# The settings that moto keeps in part, by the query that names them.
KEPT = ("encryption", "lifecycle", "logging", "notification", "replication")

# The settings that moto does not have, each with an id.
LISTED = {
    "intelligent-tiering": ("IntelligentTieringConfiguration", "ListBucketIntelligentTieringConfigurationsOutput"),
    "metrics": ("MetricsConfiguration", "ListMetricsConfigurationsResult"),
}


class NoSuchConfiguration(S3ClientError):
    code = "NoSuchConfiguration"
    message = "The specified configuration does not exist."


def install():
    bucket_get = responses.S3Response._bucket_response_get
    bucket_put = responses.S3Response._bucket_response_put
    bucket_delete = responses.S3Response._bucket_response_delete

    def get(self, bucket_name, querystring):
        for name, (element, listing) in LISTED.items():
            if name in querystring:
                self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
                return get_listed(documents(self, name), querystring, element, listing)
        name = named(querystring)
        answer = None
        if name != "encryption" or kept(self, name):
            # moto refuses what is not there, in the words of S3.
            answer = bucket_get(self, bucket_name, querystring)
        if name and kept(self, name):
            return 200, {"Content-Type": "application/xml"}, kept(self, name)
        if answer is None:
            self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
            return 200, {"Content-Type": "application/xml"}, DEFAULT_ENCRYPTION
        return answer

    def put(self, request, bucket_name, querystring):
        for name in LISTED:
            if name in querystring:
                self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
                documents(self, name)[querystring["id"][0]] = as_text(self.body)
                return 200, {}, ""
        answer = bucket_put(self, request, bucket_name, querystring)
        if named(querystring):
            documents(self, "kept")[named(querystring)] = as_text(self.body)
        return answer

    def delete(self, bucket_name, querystring):
        for name in LISTED:
            if name in querystring:
                self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
                documents(self, name).pop(querystring["id"][0], None)
                return 204, {}, ""
        answer = bucket_delete(self, bucket_name, querystring)
        if named(querystring):
            documents(self, "kept").pop(named(querystring), None)
        return answer

    lock = models.S3Backend.put_object_lock_configuration

    def put_object_lock_configuration(self, bucket_name, lock_enabled, mode=None, days=None, years=None):
        """S3 takes one for a bucket that holds objects too: moto does for an empty bucket only."""
        bucket = self.get_bucket(bucket_name)
        held, bucket.keys = bucket.keys, type(bucket.keys)()
        try:
            return lock(self, bucket_name, lock_enabled, mode, days, years)
        finally:
            bucket.keys = held

    models.S3Backend.put_object_lock_configuration = put_object_lock_configuration
    # S3 takes the name of any bucket of the account; whether logs arrive is another matter.
    models.FakeBucket._log_permissions_enabled_policy = lambda self, target_bucket, target_prefix: True
    responses.S3Response._bucket_response_get = get
    responses.S3Response._bucket_response_put = put
    responses.S3Response._bucket_response_delete = delete
    s3_requests.install()


def named(querystring):
    return next((name for name in KEPT if name in querystring), None)


def documents(response, kind):
    """What a bucket was told, by the setting's name or id. It goes with the bucket."""
    bucket = response.backend.get_bucket(response.bucket_name)
    return vars(bucket).setdefault("kept_documents", {}).setdefault(kind, {})


def kept(response, name):
    return documents(response, "kept").get(name)


def get_listed(found, querystring, element, listing):
    headers = {"Content-Type": "application/xml"}
    if "id" in querystring:
        if querystring["id"][0] not in found:
            raise NoSuchConfiguration()
        return 200, headers, found[querystring["id"][0]]
    inner = "".join(text[text.index(f"<{element}") :] for text in found.values())
    return 200, headers, f"<{listing}><IsTruncated>false</IsTruncated>{inner}</{listing}>"


def as_text(body):
    return body.decode() if isinstance(body, bytes) else body
