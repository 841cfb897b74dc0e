"""Runs commands of the AWS CLI, version 2, and prints how each ended: a line of JSON each.

    aws_cli.py AWS < COMMANDS

COMMANDS are argument lists: each the number of arguments, then the arguments, all ended by NUL.
Starting the CLI takes most of a second. Where it is a Python program, which runs this script, its
own code runs here again and again; else AWS is started for each command, some at a time.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def commands(text):
    words = iter(text.split("\0")[:-1])
    for count in words:
        yield [next(words) for _ in range(int(count))]


def started(aws, arguments):
    ended = subprocess.run([aws, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return {"status": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr}


def called(driver, arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(arguments)
        except SystemExit as end:
            status = end.code
    return {"status": status, "stdout": out.getvalue(), "stderr": err.getvalue()}


def main():
    wanted = list(commands(sys.stdin.read()))
    try:
        from awscli import __version__, clidriver
    except ImportError:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda arguments: started(sys.argv[1], arguments), wanted))
    else:
        assert __version__.startswith("2."), __version__
        driver = clidriver.create_clidriver()
        results = [called(driver, arguments) for arguments in wanted]
    for result in results:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
