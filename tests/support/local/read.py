"""Prints what boto3 reads from a table's newest stream, all shards from their trim horizon.

    read.py ENDPOINT TABLE

One record to a line, in the shape of dynascope's jsonl: Lambda's envelope plus `shardId`. Binary
is base64, the time a number of seconds, sets are in the order in which they came. Parents come
before their children. A shard that is open is read until a page is empty.
"""

import argparse
import json

import dynamo


def streams_of(client, table):
    found, start = [], {}
    while True:
        page = client.list_streams(TableName=table, **start)
        found += page["Streams"]
        if "LastEvaluatedStreamArn" not in page:
            return sorted(found, key=lambda stream: stream["StreamLabel"])
        start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}


def description(client, stream):
    shards, start = [], {}
    while True:
        page = client.describe_stream(StreamArn=stream, **start)["StreamDescription"]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return page | {"Shards": shards}
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}


def parents_first(shards):
    by_id = {shard["ShardId"]: shard for shard in shards}
    done = {}

    def visit(shard):
        parent = by_id.get(shard.get("ParentShardId"))
        if parent is not None and parent["ShardId"] not in done:
            visit(parent)
        done[shard["ShardId"]] = shard

    for shard in shards:
        visit(shard)
    return list(done.values())


def records_of(client, stream, shard):
    iterator = client.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
    while iterator:
        page = client.get_records(ShardIterator=iterator)
        yield from page["Records"]
        if not page["Records"] and not closed:
            return
        iterator = page.get("NextShardIterator")


def line(record, stream, shard):
    shaped = {
        name: record[name]
        for name in ("eventID", "eventName", "eventVersion", "eventSource", "awsRegion")
        if name in record
    }
    shaped["eventSourceARN"] = stream
    if "userIdentity" in record:
        who = record["userIdentity"]
        shaped["userIdentity"] = {"type": who["Type"], "principalId": who["PrincipalId"]}
    change = dynamo.to_json(record["dynamodb"])
    if "ApproximateCreationDateTime" in change:
        change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    shaped["dynamodb"] = change
    shaped["shardId"] = shard["ShardId"]
    return json.dumps(shaped, ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("table")
    args = parser.parse_args()
    client = dynamo.client("dynamodbstreams", args.endpoint)
    stream = streams_of(client, args.table)[-1]["StreamArn"]
    for shard in parents_first(description(client, stream)["Shards"]):
        for record in records_of(client, stream, shard):
            print(line(record, stream, shard))


if __name__ == "__main__":
    main()
