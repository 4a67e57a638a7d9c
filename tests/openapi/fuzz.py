"""Fuzzes a real server by its own description.

    fuzz.py [--seconds N] [--examples N] [--seed N]

The server is the program that UMBRA_SERVER names; it runs over SQLite and, where
UMBRA_TEST_POSTGRES is set, over PostgreSQL as well. Its rates are set so high that they
stop nobody here; they have tests of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "interop" / "python"))

from server import Server  # noqa: E402

PASSWORD = "correct horse battery staple"
# By schemathesis.toml, which says why.
EXCLUDED = {("post", "/api/auth/logout")}

# The most seconds of a run: far beyond what one takes.
RUN_MAX = 900

RATES = ["--credential-tests-per-minute", "1000000", "--requests-per-minute", "1000000"]


def ask(url: str, method: str, path: str, body: object, token: str | None = None) -> dict:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def claim(name: str) -> dict:
    return {"name": name, "password": PASSWORD, "device": {"name": "fuzzer", "platform": "python"}}


def wfc(path: Path, tokens: dict[str, str]) -> None:
    """The tokens of people, in the form that is asked for (Web Fuzzing Commons)."""
    bearer = lambda token: [{"name": "Authorization", "value": f"Bearer {token}"}]
    people = [{"name": name, "fixedHeaders": bearer(token)} for name, token in tokens.items()]
    path.write_text(json.dumps({"auth": people}))


def run(url: str, directory: Path, tokens: dict[str, str], options: list[str]) -> bool:
    """One run as these people: the first asks, the others try to reach what is hers."""
    wfc(directory / "people.json", tokens)
    config = (HERE / "schemathesis.toml").read_text()
    peers = f"peers = {json.dumps(list(tokens))}\n" if len(tokens) > 1 else ""
    config += f'\n[auth.wfc]\npath = "people.json"\n{peers}'
    (directory / "schemathesis.toml").write_text(config)
    program = Path(sys.executable).parent / "st"
    command = [program, "--config-file", "schemathesis.toml", "run", f"{url}/api/openapi.json"]
    done = subprocess.run([*command, "--no-color", *options], cwd=directory, timeout=RUN_MAX)
    return done.returncode == 0


def fuzz(engine: str, database: str | None, options: argparse.Namespace) -> bool:
    """Everything once, over this engine; whether nothing was found."""
    with Server(*RATES, database=database) as server, tempfile.TemporaryDirectory() as directory:
        admin = ask(server.url, "POST", "/api/setup", claim("admin"))["token"]
        ask(server.url, "PUT", "/api/admin/settings", {"registration": "open"}, admin)
        people = {
            name: ask(server.url, "POST", "/api/auth/register", claim(name))["token"]
            for name in ("ada", "bob")
        }
        budget = ["--max-examples", str(options.examples)]
        if options.seed is not None:
            budget += ["--seed", str(options.seed)]
        # Each operation for itself; then chains of them, for as long as there is time.
        alone = ["--phases", "coverage,fuzzing"]
        chained = ["--phases", "stateful", "--max-time", str(options.seconds)]
        passed = True
        for who, tokens, which in [
            ("people", people, ["--exclude-tag", "Administration"]),
            ("an administrator", {"admin": admin}, ["--include-tag", "Administration"]),
        ]:
            for phases in (alone, chained):
                print(f"\n-- {engine}, as {who}", flush=True)
                passed &= run(server.url, Path(directory), tokens, [*which, *phases, *budget])
        print(f"\n-- {engine}: what was answered")
        passed &= reached(server.url)
        faults = re.findall(r"^.*(?: ERROR |panicked).*$", server.log(), re.M)
        print("\n".join(faults[:20]))
        return passed and not faults


def reached(url: str) -> bool:
    """Tells how the server answered, and which operations it never carried out, such as
    those that a passkey finishes. Whether each was asked for at all."""
    with urllib.request.urlopen(url + "/metrics", timeout=20) as answer:
        lines = answer.read().decode()
    statuses: Counter[str] = Counter()
    asked, done = set(), set()
    for labels, count in re.findall(r"^umbra_requests_total\{(.*?)\} (\d+)$", lines, re.M):
        label = dict(re.findall(r'(\w+)="(.*?)"', labels))
        operation = (label["method"].lower(), label["route"])
        statuses[label["status"]] += int(count)
        asked.add(operation)
        if label["status"].startswith("2"):
            done.add(operation)
    with urllib.request.urlopen(url + "/api/openapi.json", timeout=20) as answer:
        paths = json.load(answer)["paths"]
    every = {(method, path) for path, item in paths.items() for method in item}
    print(", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print(f"carried out: {len(every & done)} of {len(every)} operations; refused each time:")
    print("\n".join(f"   {method} {path}" for method, path in sorted(every - done)))
    missed = every - asked - EXCLUDED
    for method, path in sorted(missed):
        print(f"never asked for: {method} {path}")
    return not missed


def fresh_database(server: str) -> str:
    """A database of its own in the PostgreSQL server of the tests."""
    name = f"openapi_{uuid.uuid4().hex}"
    subprocess.run(["psql", server, "--quiet", "--command", f"create database {name}"], check=True)
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="for chains of operations")
    parser.add_argument("--examples", type=int, default=20, help="of each operation")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    engines = [("SQLite", None)]
    if postgres := os.environ.get("UMBRA_TEST_POSTGRES"):
        engines.append(("PostgreSQL", fresh_database(postgres)))
    failed = [engine for engine, database in engines if not fuzz(engine, database, options)]
    sys.exit(f"found something on {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
