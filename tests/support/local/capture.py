"""Keeps what a fresh DynamoDB Local answers, as it came: bodies as files, the rest in responses.json.

    capture.py ENDPOINT DIRECTORY

The bodies are fixtures of the wire tests; this is how they were made.
"""

import base64
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

STREAMS = "DynamoDBStreams_20120810"
TABLES = "DynamoDB_20120810"
# DynamoDB Local reads the access key and the region from it, and checks no signature.
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=dynascope/20260101/{}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)
ITEM = {
    "pk": {"S": "ord#1"},
    "sk": {"N": "1"},
    "total": {"N": "19.90"},
    "digits": {"N": "12345678901234567890123456789012345678"},
    "tiny": {"N": "1E-130"},
    "empty": {"S": ""},
    "control": {"S": "\x00\x1b[2J\n\r\t\x7f\x9b\u2028\u202e"},
    "unicode": {"S": "é 注文 😀 </text> \"quoted\" \\"},
    "binary": {"B": "AAH/"},
    "empty binary": {"B": ""},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "strings": {"SS": ["b", "a", ""]},
    "numbers": {"NS": ["10", "2", "1.50"]},
    "binaries": {"BS": ["AQ==", "AA=="]},
    "list": {"L": [{"S": "x"}, {"L": []}, {"M": {}}]},
    "map": {"M": {"a.b[0]": {"N": "1"}, "-0": {"N": "-0"}, "huge": {"N": "9.9E+125"}}},
}


class Capture:
    def __init__(self, endpoint, directory):
        self.endpoint = endpoint
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.index = []

    def call(self, target, request, name=None, region="eu-west-1"):
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        http = urllib.request.Request(
            self.endpoint,
            data=body,
            headers={
                "X-Amz-Target": target,
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": AUTHORIZATION.format(region),
            },
        )
        try:
            response = urllib.request.urlopen(http)
        except urllib.error.HTTPError as error:
            response = error
        answer = response.read()
        if name:
            (self.directory / f"{name}.json").write_bytes(answer)
            self.index.append(
                {
                    "body": f"{name}.json",
                    "operation": target.partition(".")[2],
                    "request": body.decode(),
                    "status": response.status,
                    "headers": dict(response.headers),
                }
            )
        return json.loads(answer)

    def streams(self, operation, request, name=None, **more):
        return self.call(f"{STREAMS}.{operation}", request, name, **more)

    def tables(self, operation, request):
        answer = self.call(f"{TABLES}.{operation}", request)
        if "__type" in answer:
            sys.exit(f"{operation}: {answer}")
        return answer


def create(capture, table, view_type):
    made = capture.tables(
        "CreateTable",
        {
            "TableName": table,
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view_type},
        },
    )
    return made["TableDescription"]["LatestStreamArn"]


def only_shard(capture, stream):
    described = capture.streams("DescribeStream", {"StreamArn": stream})
    return described["StreamDescription"]["Shards"][0]["ShardId"]


def iterator(capture, stream, kind, name=None, **more):
    request = {"StreamArn": stream, "ShardId": only_shard(capture, stream), "ShardIteratorType": kind} | more
    return capture.streams("GetShardIterator", request, name).get("ShardIterator")


def aged(iterator, seconds):
    """The same iterator as if it had been given `seconds` ago: its last part holds the time."""
    stream, number, secret = iterator.split("|")
    shard, sequence, issued = base64.b64decode(secret).decode().split("|")
    issued = str(int(issued) - seconds * 1_000).zfill(len(issued))
    secret = base64.b64encode(f"{shard}|{sequence}|{issued}".encode()).decode()
    return f"{stream}|{number}|{secret}"


def write(capture, table):
    key = {name: ITEM[name] for name in ("pk", "sk")}
    capture.tables("PutItem", {"TableName": table, "Item": ITEM})
    capture.tables(
        "UpdateItem",
        {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "SET #total = :total REMOVE tiny",
            "ExpressionAttributeNames": {"#total": "total"},
            "ExpressionAttributeValues": {":total": {"N": "24.90"}},
        },
    )
    capture.tables("DeleteItem", {"TableName": table, "Key": key})


def capture_answers(capture):
    capture.streams("ListStreams", {}, "list_streams_none")
    stream = create(capture, "orders", "NEW_AND_OLD_IMAGES")
    capture.streams("ListStreams", {}, "list_streams")
    capture.streams("ListStreams", {"TableName": "nope"}, "list_streams_of_an_unknown_table")
    capture.streams("ListStreams", {}, "list_streams_of_another_region", region="ddblocal")
    first = iterator(capture, stream, "TRIM_HORIZON", "get_shard_iterator")
    capture.streams("GetRecords", {"ShardIterator": first}, "get_records_before_any_write")
    write(capture, "orders")
    capture.streams("DescribeStream", {"StreamArn": stream}, "describe_stream")
    capture.streams("GetRecords", {"ShardIterator": first}, "get_records")
    last = capture.streams("GetRecords", {"ShardIterator": first, "Limit": 2}, "get_records_limit_2")
    tail = capture.streams("GetRecords", {"ShardIterator": last["NextShardIterator"]})["NextShardIterator"]
    capture.streams("GetRecords", {"ShardIterator": tail}, "get_records_empty")
    for view_type in ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"):
        name = view_type.lower()
        other = create(capture, name, view_type)
        write(capture, name)
        page = {"ShardIterator": iterator(capture, other, "TRIM_HORIZON")}
        capture.streams("GetRecords", page, f"get_records_{name}")
    page = capture.streams("ListStreams", {"Limit": 2}, "list_streams_limit_2")
    start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
    capture.streams("ListStreams", {"Limit": 2} | start, "list_streams_second_page")
    capture.streams("DescribeStream", {"StreamArn": stream, "Limit": 1}, "describe_stream_limit_1")
    return stream


def capture_expiry(capture):
    """The record of an item that its time to live has deleted: a REMOVE by the service itself."""
    stream = create(capture, "expiring", "KEYS_ONLY")
    specification = {"Enabled": True, "AttributeName": "expires"}
    capture.tables("UpdateTimeToLive", {"TableName": "expiring", "TimeToLiveSpecification": specification})
    key = {"pk": {"S": "x"}, "sk": {"N": "1"}}
    item = key | {"expires": {"N": str(int(time.time()) - 60)}}
    capture.tables("PutItem", {"TableName": "expiring", "Item": item})
    page = {"ShardIterator": iterator(capture, stream, "TRIM_HORIZON")}
    deadline = time.monotonic() + 60
    while len(capture.streams("GetRecords", page)["Records"]) < 2:
        if time.monotonic() > deadline:
            sys.exit("the item has not expired within 60 s")
        time.sleep(0.2)
    capture.streams("GetRecords", page, "get_records_expired_item")


def capture_errors(capture, stream):
    shard = only_shard(capture, stream)
    here = iterator(capture, stream, "TRIM_HORIZON")
    iterator(capture, stream, "AT_TIMESTAMP", "error_at_timestamp", Timestamp=time.time() - 60)
    iterator(capture, stream, "AFTER_SEQUENCE_NUMBER", "error_after_nothing")
    iterator(capture, stream, "AT_SEQUENCE_NUMBER", "error_at_a_word", SequenceNumber="x" * 21)
    iterator(capture, stream, "AT_SEQUENCE_NUMBER", "error_at_a_number_to_come", SequenceNumber="9" * 21)
    iterator(capture, stream, "TRIM_HORIZON", "error_trim_horizon_at", SequenceNumber="0" * 20 + "1")
    absent = {"StreamArn": stream, "ShardId": "shardId-00000001700000000000-deadbeef"}
    capture.streams("GetShardIterator", absent | {"ShardIteratorType": "LATEST"}, "error_unknown_shard")
    gone = {"StreamArn": stream.replace("orders", "nope")}
    capture.streams("DescribeStream", gone, "error_unknown_stream")
    capture.streams("DescribeStream", {"StreamArn": "nonsense"}, "error_malformed_arn")
    children = {"StreamArn": stream, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": shard}}
    capture.streams("DescribeStream", children, "describe_stream_child_shards")
    after = {"StreamArn": stream, "ExclusiveStartShardId": absent["ShardId"]}
    capture.streams("DescribeStream", after, "describe_stream_after_an_unknown_shard")
    capture.streams("GetRecords", {"ShardIterator": "bogus"}, "error_bogus_iterator")
    capture.streams("GetRecords", {"ShardIterator": aged(here, 16 * 60)}, "error_expired_iterator")
    capture.streams("GetRecords", {}, "error_no_iterator")
    capture.streams("GetRecords", {"ShardIterator": here, "Limit": 0}, "error_limit_0")
    capture.streams("GetRecords", {"ShardIterator": here, "Limit": 1001}, "error_limit_1001")
    capture.streams("ListStreams", {"Limit": 101}, "error_list_limit_101")
    capture.streams("NoSuchOperation", {}, "error_unknown_operation")
    capture.streams("ListStreams", b"{", "error_broken_request")


def capture_endings(capture, stream):
    """What a stream becomes when it is switched off, switched on again, and its table deleted."""

    def switch(specification):
        capture.tables("UpdateTable", {"TableName": "orders", "StreamSpecification": specification})

    before = iterator(capture, stream, "TRIM_HORIZON")
    switch({"StreamEnabled": False})
    capture.streams("DescribeStream", {"StreamArn": stream}, "describe_stream_disabled")
    capture.streams("GetRecords", {"ShardIterator": before}, "get_records_disabled")
    iterator(capture, stream, "LATEST", "get_shard_iterator_latest_disabled")
    switch({"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    capture.streams("ListStreams", {"TableName": "orders"}, "list_streams_enabled_again")
    capture.tables("DeleteTable", {"TableName": "orders"})
    capture.streams("DescribeStream", {"StreamArn": stream}, "describe_stream_table_deleted")
    capture.streams("GetRecords", {"ShardIterator": before}, "get_records_table_deleted")


def main():
    capture = Capture(*sys.argv[1:3])
    stream = capture_answers(capture)
    capture_expiry(capture)
    capture_errors(capture, stream)
    capture_endings(capture, stream)
    index = json.dumps(capture.index, indent=1, ensure_ascii=False)
    (capture.directory / "responses.json").write_text(index + "\n")


if __name__ == "__main__":
    main()
