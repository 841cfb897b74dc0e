"""Creates four tables, one of each stream view type, and makes 2,000 writes over every attribute type.

    write.py ENDPOINT [--seed N] [--writes N]

Prints one JSON object: for each table its stream, and the names of the events its stream must
hold, in the order of the writes. Every write changes its item, so each makes exactly one record.
"""

import argparse
import json
import random
from concurrent.futures import ThreadPoolExecutor

import dynamo

TABLES = {
    "keys_only": "KEYS_ONLY",
    "new_image": "NEW_IMAGE",
    "old_image": "OLD_IMAGE",
    "both_images": "NEW_AND_OLD_IMAGES",
}
# A key of each type that a key can have.
KEYS = {"keys_only": ("S", None), "new_image": ("N", "S"), "old_image": ("B", "N"), "both_images": ("S", "B")}

STRINGS = [
    "",
    " ",
    "PENDING",
    "a \"quoted\" \\ and /slashed/ </text>",
    "\x00\x01\x02\x07\x08\t\n\x0b\x0c\r\x1b\x7f",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07\x1bPq\x1b\\",
    "\x80\x85\x90\x9b2J\x9d0;x\x9c",
    "zażółć é e\u0301 ñ",
    "注文 日本語 ｱｲｳ",
    "😀 👩‍👩‍👧 🇪🇺 \U0001f469\U0001f3fd",
    "\u202eright to left\u202c \u200b\u200d\ufeff\u2028\u2029",
    "e" + "\u0301" * 40,
    "\U000e0041\U0010ffff\uffff\ue000",
    '{"S":"not a value"}',
    "1.50",
    "true",
    "long " * 2_000,
]
NUMBERS = [
    "0",
    "-0",
    "1",
    "1.0",
    "-1",
    "1.10",
    "19.90",
    "12345678901234567890123456789012345678",
    "-99999999999999999999999999999999999999",
    "1234567890123456789.0123456789012345678",
    "0.00000000000000000000000000000000000001",
    "1E+125",
    "9.9999999999999999999999999999999999999E+125",
    "-9.9999999999999999999999999999999999999E+125",
    "1E-130",
    "-1E-130",
    "9007199254740993",
    "18446744073709551617",
    "1e3",
    "0.1",
    "+5",
]
BINARIES = [b"\x00", b"\xff\xfe\xfd", bytes(range(256)), b"plain text", b"\x1b[2J", b"=" * 3, b"ab"]
NAMES = [
    "status",
    "total",
    "a.b[0]",
    "order-total",
    "#n",
    ":v",
    " ",
    "na\"me\\",
    "\x1b[31m",
    "名前",
    "😀",
    "true",
    "S",
    "x" * 255,
]
DEEPEST = 30


def string(rng):
    return rng.choice(STRINGS)


def number(rng):
    if rng.random() < 0.5:
        return rng.choice(NUMBERS)
    digits = rng.randint(1, 38)
    text = str(rng.randint(10 ** (digits - 1), 10**digits - 1))
    point = rng.randint(0, digits)
    return rng.choice(["", "-"]) + (text[:point] or "0") + ("." + text[point:] if point < digits else "")


def binary(rng):
    # Values may not be empty here: keys are drawn from it as well.
    return rng.choice(BINARIES) if rng.random() < 0.5 else rng.randbytes(rng.randint(1, 100))


def nested(rng, depth):
    """A value below `depth` lists and maps."""
    value = {"S": "the bottom"}
    for _ in range(depth):
        value = {"L": [value, {"NULL": True}]} if rng.random() < 0.5 else {"M": {rng.choice(NAMES): value}}
    return value


def value(rng, depth=0):
    kinds = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "empty"] + (["L", "M"] * 2 if depth < 4 else [])
    kind = rng.choice(kinds)
    count = rng.randint(1, 5)
    if kind == "S":
        return {"S": string(rng)}
    if kind == "N":
        return {"N": number(rng)}
    if kind == "B":
        return {"B": binary(rng)}
    if kind == "BOOL":
        return {"BOOL": rng.random() < 0.5}
    if kind == "NULL":
        return {"NULL": True}
    if kind == "SS":
        return {"SS": rng.sample(STRINGS, count)}
    if kind == "NS":
        # Equal numbers may not repeat in a set, however they are written.
        return {"NS": [f"{n}.{rng.randint(1, 9)}" for n in rng.sample(range(-1_000, 1_000), count)]}
    if kind == "BS":
        return {"BS": rng.sample(BINARIES, count)}
    if kind == "empty":
        return rng.choice([{"S": ""}, {"B": b""}, {"L": []}, {"M": {}}])
    if kind == "L":
        return {"L": [value(rng, depth + 1) for _ in range(count)]}
    return {"M": {name: value(rng, depth + 1) for name in rng.sample(NAMES, count)}}


def key_value(rng, kind, serial):
    if kind == "S":
        return {"S": f"ord#{serial} " + rng.choice(["", "é", "\x1b[2J", "日本"])}
    if kind == "N":
        return {"N": str(serial - 250)}
    return {"B": serial.to_bytes(4, "big") + b"\x00\xff"}


class Table:
    def __init__(self, endpoint, name, seed):
        self.client = dynamo.client("dynamodb", endpoint)
        self.name = name
        self.rng = random.Random(f"{seed} {name}")
        self.partition, self.sort = KEYS[name]
        self.keys = []
        self.made = 0
        self.events = []

    def create(self):
        kinds = [("pk", "HASH", self.partition)] + ([("sk", "RANGE", self.sort)] if self.sort else [])
        self.client.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": name, "KeyType": role} for name, role, _ in kinds],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, _, kind in kinds],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": TABLES[self.name]},
        )
        return self.client.describe_table(TableName=self.name)["Table"]["LatestStreamArn"]

    def new_key(self):
        self.made += 1
        key = {"pk": key_value(self.rng, self.partition, self.made // 2 if self.sort else self.made)}
        if self.sort:
            key["sk"] = key_value(self.rng, self.sort, self.made)
        return key

    def item(self, key, serial):
        rng = self.rng
        item = {name: value(rng) for name in rng.sample(NAMES, rng.randint(0, 8))}
        if serial % 25 == 0:
            item["deep"] = nested(rng, DEEPEST)
        if serial == 0:
            # Near the limit of 400 KB to an item.
            item["big"] = {"S": "0123456789" * 38_000}
        return item | {"serial": {"N": str(serial)}} | key

    def write(self, serial):
        rng = self.rng
        what = rng.choices(["put", "replace", "update", "remove", "delete"], [45, 10, 25, 8, 12])[0]
        if what == "put" or len(self.keys) < 5:
            key = self.new_key()
            self.client.put_item(TableName=self.name, Item=self.item(key, serial))
            self.keys.append(key)
            self.events.append("INSERT")
        elif what == "delete":
            key = self.keys.pop(rng.randrange(len(self.keys)))
            self.client.delete_item(TableName=self.name, Key=key)
            self.events.append("REMOVE")
        else:
            key = rng.choice(self.keys)
            if what == "replace":
                self.client.put_item(TableName=self.name, Item=self.item(key, serial))
            else:
                self.update(key, what, serial)
            self.events.append("MODIFY")

    def update(self, key, what, serial):
        names = {"#s": "serial", "#x": self.rng.choice(NAMES)}
        values = {":s": {"N": str(serial)}}
        expression = "SET #s = :s REMOVE #x"
        if what == "update":
            expression = "SET #s = :s, #x = :x"
            values[":x"] = value(self.rng)
        self.client.update_item(
            TableName=self.name,
            Key=key,
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def fill(endpoint, name, seed, writes):
    table = Table(endpoint, name, seed)
    stream = table.create()
    for serial in range(writes):
        table.write(serial)
    return {"stream": stream, "view_type": TABLES[name], "events": table.events}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--writes", type=int, default=2_000, help="in all, a fourth to each table")
    args = parser.parse_args()
    # A thread to a table: the order of the writes within a table does not depend on the others.
    with ThreadPoolExecutor(len(TABLES)) as pool:
        done = pool.map(lambda name: fill(args.endpoint, name, args.seed, args.writes // len(TABLES)), TABLES)
        print(json.dumps(dict(zip(TABLES, done, strict=True))))


if __name__ == "__main__":
    main()
