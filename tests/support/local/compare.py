"""Compares dynascope's jsonl with what boto3 read: every field of every record, in shard order.

    compare.py BOTO3.jsonl DYNASCOPE.jsonl

Both are read strictly (no key twice in an object), and compared exactly, types included: "1" is not
1, and the members of a set must come in the same order. Only two things are taken as equal that
are spelled differently: a time is a number (1795205220 or 1795205220.0), and the order of the
keys of an object means nothing. Within a shard the order must be the same; how the shards
interleave is not compared.

Exit status 1 and the first differences, if there are any.
"""

import argparse
import json
import sys

SHOWN = 10


def strict_object(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"an object holds {twice} twice")
    return found


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def records(path):
    """The records of a file by shard. Lines of dynascope's own (gaps, markers) are left out."""
    shards = {}
    # Not splitlines(), which also splits at U+2028 and other characters that a value may hold.
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line, object_pairs_hook=strict_object, parse_constant=refuse)
            except ValueError as error:
                sys.exit(f"{path}:{number}: {error}: {line[:200]!r}")
            if not isinstance(record, dict):
                sys.exit(f"{path}:{number}: this is no object: {line[:200]!r}")
            if "dynascope" in record:
                continue
            time = record.get("dynamodb", {}).get("ApproximateCreationDateTime")
            if isinstance(time, int) and not isinstance(time, bool):
                record["dynamodb"]["ApproximateCreationDateTime"] = float(time)
            shards.setdefault(record.get("shardId"), []).append((number, record))
    return shards


def differences(path, theirs, ours):
    """The places where two values differ, as sentences."""
    if type(theirs) is not type(ours):
        yield f"{path}: boto3 has {short(theirs)}, dynascope {short(ours)}"
    elif isinstance(theirs, dict):
        for name in theirs.keys() | ours.keys():
            where = f"{path}.{json.dumps(name)}"
            if name not in ours:
                yield f"{where}: dynascope lacks it; boto3 has {short(theirs[name])}"
            elif name not in theirs:
                yield f"{where}: boto3 lacks it; dynascope has {short(ours[name])}"
            else:
                yield from differences(where, theirs[name], ours[name])
    elif isinstance(theirs, list):
        if len(theirs) != len(ours):
            yield f"{path}: boto3 has {len(theirs)} elements, dynascope {len(ours)}"
        for index, (their, our) in enumerate(zip(theirs, ours)):
            yield from differences(f"{path}[{index}]", their, our)
    elif theirs != ours:
        yield f"{path}: boto3 has {short(theirs)}, dynascope {short(ours)}"


def short(value):
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


def compare(theirs, ours):
    for shard in theirs.keys() | ours.keys():
        their, our = theirs.get(shard, []), ours.get(shard, [])
        for (_, expected), (number, found) in zip(their, our):
            for difference in differences("", expected, found):
                yield f"line {number}, shard {shard}: {difference.removeprefix('.')}"
        if len(their) != len(our):
            yield f"shard {shard}: boto3 has {len(their)} records, dynascope {len(our)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("boto3")
    parser.add_argument("dynascope")
    args = parser.parse_args()
    theirs, ours = records(args.boto3), records(args.dynascope)
    found = list(compare(theirs, ours))
    for difference in found[:SHOWN]:
        print(difference)
    if len(found) > SHOWN:
        print(f"and {len(found) - SHOWN} more")
    if found:
        sys.exit(1)
    print(f"{sum(map(len, ours.values()))} records of {len(ours)} shards are equal")


if __name__ == "__main__":
    main()
