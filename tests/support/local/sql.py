"""Prints what DuckDB finds in a capture: an array of sequence numbers for each condition, a line each.

    sql.py FILE CONDITION...

A condition may name eventName, eventSourceARN, shardId, dynamodb (JSON) and item: the new image, or the
old one where there is no new one.
"""

import json
import sys

import duckdb

file, *conditions = sys.argv[1:]
lines = f"""
    SELECT *, coalesce(dynamodb->'$.NewImage', dynamodb->'$.OldImage') AS item
    FROM read_json('{file}', format = 'newline_delimited', columns = {{
        eventName: 'VARCHAR', eventSourceARN: 'VARCHAR', shardId: 'VARCHAR', dynamodb: 'JSON'}})
    WHERE dynamodb IS NOT NULL
"""
for condition in conditions:
    number = "dynamodb->>'$.SequenceNumber'"
    found = duckdb.sql(f"SELECT {number} FROM ({lines}) WHERE {condition}").fetchall()
    print(json.dumps(sorted(number for number, in found)))
