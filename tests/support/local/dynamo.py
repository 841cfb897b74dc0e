"""What the scripts for DynamoDB Local share: clients, and items as JSON."""

import base64

import boto3
from botocore.config import Config

# DynamoDB Local keeps one database for each access key and region: everyone who wants to see the
# same tables must use these.
REGION = "eu-west-1"
ACCESS_KEY = "dynascope"
SECRET_KEY = "dynascope"


def client(service, endpoint):
    """A client that can reach `endpoint` only, whatever the environment says."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False),
    )


def to_json(value):
    """An attribute value of boto3 as DynamoDB JSON: binary becomes base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: to_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    return value


def from_json(value):
    """An attribute value in DynamoDB JSON as boto3 takes it: base64 becomes bytes."""
    ((kind, inner),) = value.items()
    if kind == "B":
        return {"B": base64.b64decode(inner, validate=True)}
    if kind == "BS":
        return {"BS": [base64.b64decode(one, validate=True) for one in inner]}
    if kind == "L":
        return {"L": [from_json(one) for one in inner]}
    if kind == "M":
        return {"M": {name: from_json(one) for name, one in inner.items()}}
    return {kind: inner}
