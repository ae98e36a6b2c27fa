"""The cold start of the Lambda authorizer, each time in a new process.

    PYTHONPATH=tests python benchmarks/cold_start.py [FOLDER]

It measures the phases that Lambda has: the import of the handler, which also makes the client (the
initialization), then the first check and the second one, against DynamoDB Local. For comparison:
botocore's and boto3's import and client alone. FOLDER is one that deploy/lambda/build.sh has built;
without it the installed packages are measured. The clients are those of AWS's documentation.

The figures are the median and the lowest of many processes. They say what the code costs on this
machine. On Lambda, the start of the execution environment comes before that, and the CPU depends on
the memory of the function.
"""

import json
import os
import statistics
import subprocess
import sys
from typing import Final

from support.aws_lambda.gateway_events import http_api_2_0
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local

PROCESSES: Final = 15
FOLDER: Final = sys.argv[1] if len(sys.argv) > 1 else ""
_PHASES: Final = """
import time
marks = []
def mark(name):
    marks.append((name, time.perf_counter(), time.process_time()))
mark("")
"""
_REPORT: Final = """
import json
print(json.dumps([
    (name, wall - earlier[1], cpu - earlier[2])
    for earlier, (name, wall, cpu) in zip(marks, marks[1:])
]))
"""
CONTEXT_IDS: Final = [letter * 43 + ".zoe" for letter in "AB"]
_CLIENT: Final = "client('dynamodb', endpoint_url='http://127.0.0.1:1')"
PROGRAMS: Final = {
    "authorizer": f"""
from cybershop_customer.entrypoints.aws_lambda.handler import authorize
mark("initialization")
authorize({http_api_2_0(f"Bearer {CONTEXT_IDS[0]}")!r})
mark("first check")
authorize({http_api_2_0(f"Bearer {CONTEXT_IDS[1]}")!r})
mark("second check")
""",
    "botocore alone": f"""
import botocore.session
mark("import")
botocore.session.Session().create_{_CLIENT}
mark("client")
""",
    "boto3 alone": f"""
import boto3.session
mark("import")
boto3.session.Session().{_CLIENT}
mark("client")
""",
    "cybershop_customer alone": """
import cybershop_customer
mark("import")
""",
}


def measured(program: str, environ: dict[str, str]) -> list[tuple[str, float, float]]:
    """The phases of one process, each with its seconds and its seconds of CPU."""
    isolated = ["-I", "-S"] if FOLDER else []
    path = f"import sys; sys.path.insert(0, {FOLDER!r})\n" if FOLDER else ""
    ran = subprocess.run(
        [sys.executable, *isolated, "-c", path + _PHASES + program + _REPORT],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    phases: list[tuple[str, float, float]] = json.loads(ran.stdout)
    return phases


def main() -> None:
    """Measure and print."""
    database = local_database()
    environ = {
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": database.customer_table.removesuffix("customer"),
    }
    programs = {name: it for name, it in PROGRAMS.items() if not (FOLDER and name == "boto3 alone")}
    runs: dict[str, list[list[tuple[str, float, float]]]] = {name: [] for name in programs}
    # In turns, so that a busy moment of the machine slows all of them.
    for _ in range(PROCESSES):
        for name, program in programs.items():
            runs[name].append(measured(program, environ))
    print(f"{'':26}{'phase':16}{'median':>9}{'lowest':>9}{'CPU':>9}")
    for name, processes in runs.items():
        for phase in zip(*processes, strict=True):
            walls, cpus = [wall for _, wall, _ in phase], [cpu for _, _, cpu in phase]
            figures = (statistics.median(walls), min(walls), statistics.median(cpus))
            shown = "".join(f"{figure * 1000:6.0f} ms" for figure in figures)
            print(f"{name:26}{phase[0][0]:16}{shown}")


if __name__ == "__main__":
    main()
