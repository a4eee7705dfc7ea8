"""Which actions a request of S3 needs, on which resources."""

from urllib.parse import unquote

BUCKET_SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}

BUCKET_READS = {
    "location": "GetBucketLocation",
    "uploads": "ListBucketMultipartUploads",
    "versions": "ListBucketVersions",
}

OBJECT_SETTINGS = {"acl": "Acl", "legal-hold": "LegalHold", "retention": "Retention", "tagging": "Tagging"}

# Headers of a write that need an action of their own.
WRITE_HEADERS = {
    "x-amz-acl": "PutObjectAcl",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-tagging": "PutObjectTagging",
}


def bucket_action(method, query):
    setting = next((name for name in BUCKET_SETTINGS if name in query), None)
    if setting:
        verb = "Get" if method in ("GET", "HEAD") else "Put"
        if method == "DELETE" and setting in ("policy", "website"):
            verb = "Delete"
        return verb + BUCKET_SETTINGS[setting]
    if method in ("GET", "HEAD"):
        return next((action for name, action in BUCKET_READS.items() if name in query), "ListBucket")
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method)


def object_action(method, query):
    version = "Version" if "versionId" in query else ""
    setting = next((name for name in OBJECT_SETTINGS if name in query), None)
    if setting:
        verb = {"PUT": "Put", "DELETE": "Delete"}.get(method, "Get")
        versioned = version if setting in ("acl", "tagging") else ""
        return f"{verb}Object{versioned}{OBJECT_SETTINGS[setting]}"
    if method in ("GET", "HEAD"):
        return "ListMultipartUploadParts" if "uploadId" in query else f"GetObject{version}"
    if method == "DELETE":
        return "AbortMultipartUpload" if "uploadId" in query else f"DeleteObject{version}"
    if method == "POST" and "restore" in query:
        return "RestoreObject"
    if method == "POST" and "select" in query:
        return "GetObject"
    return "PutObject"


def creates_object(method, query):
    """Whether an object appears by this very request: not when an upload begins, nor by one of its parts."""
    if object_action(method, query) != "PutObject":
        return None
    return "uploads" not in query and "partNumber" not in query


def needed(method, bucket, key, query, headers):
    """Pairs of action and resource, all of which have to be permitted."""
    if not key:
        action = bucket_action(method, query)
        return [(f"s3:{action}", f"arn:aws:s3:::{bucket}")] if action else []
    resource = f"arn:aws:s3:::{bucket}/{key}"
    action = object_action(method, query)
    actions = [action]
    if action == "PutObject" and "partNumber" not in query:
        actions += [extra for header, extra in WRITE_HEADERS.items() if header in headers]
    if headers.get("x-amz-bypass-governance-retention", "").lower() == "true":
        actions.append("BypassGovernanceRetention")
    pairs = [(f"s3:{name}", resource) for name in actions]
    source = headers.get("x-amz-copy-source")
    if source and action == "PutObject":
        path, _, version = unquote(source).lstrip("/").partition("?versionId=")
        pairs.append((f"s3:GetObject{'Version' if version else ''}", f"arn:aws:s3:::{path}"))
    return pairs
