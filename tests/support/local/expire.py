"""Puts an item that is past its time to live, and waits until DynamoDB Local has deleted it.

    expire.py ENDPOINT TABLE KEY-JSON

The table's stream then holds an INSERT and a REMOVE with a userIdentity.
"""

import json
import sys
import time

import dynamo

PATIENCE = 60


def main():
    endpoint, table, text = sys.argv[1:4]
    key = {name: dynamo.from_json(value) for name, value in json.loads(text).items()}
    client = dynamo.client("dynamodb", endpoint)
    if client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        specification = {"Enabled": True, "AttributeName": "expires"}
        client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    client.put_item(TableName=table, Item=key | {"expires": {"N": str(int(time.time()) - 60)}})
    deadline = time.monotonic() + PATIENCE
    while "Item" in client.get_item(TableName=table, Key=key, ConsistentRead=True):
        if time.monotonic() > deadline:
            sys.exit(f"the item has not expired within {PATIENCE} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
