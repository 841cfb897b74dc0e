"""Puts items, each given in DynamoDB JSON, one after the other.

    put.py ENDPOINT TABLE JSON...
"""

import argparse
import json

import dynamo


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("table")
    parser.add_argument("item", nargs="+")
    args = parser.parse_args()
    client = dynamo.client("dynamodb", args.endpoint)
    for text in args.item:
        item = {name: dynamo.from_json(value) for name, value in json.loads(text).items()}
        client.put_item(TableName=args.table, Item=item)


if __name__ == "__main__":
    main()
