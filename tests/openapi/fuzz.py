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
from typing import NamedTuple
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


class People(NamedTuple):
    """Who asks in a run."""

    # By name. What asks for a fresh proof takes them for ten minutes.
    tokens: dict[str, str]
    # For operations by which those would sign themselves out: the parameter, and whom it
    # is always.
    victims: dict[str, tuple[str, str]]


def ask(url: str, method: str, path: str, body: object = None, token: str | None = None) -> dict:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
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


def run(url: str, directory: Path, who: People, options: list[str]) -> bool:
    """One run as these people: the first asks, the others try to reach what is hers."""
    wfc(directory / "people.json", who.tokens)
    config = (HERE / "schemathesis.toml").read_text()
    peers = f"peers = {json.dumps(list(who.tokens))}\n" if len(who.tokens) > 1 else ""
    for operation, (name, value) in who.victims.items():
        config += f'\n[[operations]]\ninclude-operation-id = "{operation}"\n'
        config += f'parameters.{name} = "{value}"\n'
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
        budget = ["--max-examples", str(options.examples)]
        if options.seed is not None:
            budget += ["--seed", str(options.seed)]
        # Each operation for itself; then chains of those by which something is made, read,
        # changed and removed, for as long as there is time.
        alone = ["--phases", "coverage,fuzzing"]
        chained = ["--phases", "stateful", "--max-time", str(options.seconds)]
        passed = True
        for sign_in, which in [
            (people, ["--exclude-tag", "Administration", *alone]),
            (people, ["--include-path-regex", "^/api/spaces", *chained]),
            (administrator, ["--include-tag", "Administration", *alone]),
            (administrator, ["--include-path-regex", "^/api/admin/(users|inv)", *chained]),
        ]:
            who = sign_in(server.url)
            print(f"\n-- {engine}, as {' and '.join(who.tokens)}", flush=True)
            passed &= run(server.url, Path(directory), who, [*which, *budget])
            passed &= signed_in(server.url, who.tokens)
        print(f"\n-- {engine}: what was answered")
        passed &= reached(server.url)
        faults = re.findall(r"^.*(?: ERROR |panicked).*$", server.log(), re.M)
        print("\n".join(faults[:20]))
        return passed and not faults


def people(url: str) -> People:
    """Two who were just made, since a run changes names and passwords."""
    names = [f"{name}-{uuid.uuid4().hex[:8]}" for name in ("ada", "bob")]
    made = {name: ask(url, "POST", "/api/auth/register", claim(name)) for name in names}
    bobs = made[names[1]]["device"]["id"]
    tokens = {name: it["token"] for name, it in made.items()}
    nobodys = str(uuid.uuid4())
    return People(
        tokens,
        {
            "devices_revoke": ("device", bobs),
            "devices_purge": ("device", bobs),
            "sessions_end": ("session", nobodys),
        },
    )


def administrator(url: str) -> People:
    """The administrator, fresh for what asks for that."""
    token = ask(url, "POST", "/api/auth/login", claim("admin"))["token"]
    new = {"name": f"victim-{uuid.uuid4().hex[:8]}"}
    victim = ask(url, "POST", "/api/admin/users", new, token)["user"]["id"]
    harmful = ("disable", "demote", "sign_out")
    return People(
        {"admin": token},
        {f"admin_standing_{it}": ("user", victim) for it in harmful},
    )


def signed_in(url: str, tokens: dict[str, str]) -> bool:
    """Whether they all are still: else what came after it tested nothing."""
    status = {name: ask(url, "GET", "/api/auth/status", token=it) for name, it in tokens.items()}
    out = [name for name, it in status.items() if it["signed_in"] is None]
    for name in out:
        print(f"{name} was signed out by the run")
    return not out


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
