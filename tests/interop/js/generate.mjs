// Makes tests/vectors/js/changes.json: what the library that browsers use writes on
// top of our genesis. The gate's tests read it. Everything is pinned (actors, times),
// so running it again changes nothing unless the library has changed.
//
//   npm ci && npm run generate

import { readFileSync, writeFileSync } from "node:fs";
import * as A from "@automerge/automerge";

const vectors = new URL("../../vectors/js/", import.meta.url);
const genesis = JSON.parse(readFileSync(new URL("genesis.json", vectors)));

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const str = (text) => new A.ImmutableString(text);

/** A device of the account with this number, as the tests of the gate number them. */
const device = (user, device, role) => ({
  user,
  role,
  prefix: hex([user, device, 7, 7, 7, 7, 7, 7]),
});

let clock = 1_772_355_600;

class Replica {
  constructor(kind, device) {
    this.device = device;
    const actor = device.prefix + "6a".repeat(8);
    const genesisChunk = Buffer.from(genesis[kind], "hex");
    [this.doc] = A.applyChanges(A.init({ actor }), [genesisChunk]);
  }

  /** Makes a change, and yields its chunk. */
  change(edit) {
    clock += 60;
    this.doc = A.change(this.doc, { time: clock }, edit);
    return hex(A.getLastLocalChange(this.doc));
  }

  take(...pushes) {
    const chunks = pushes.flatMap((push) => push.chunks);
    const changes = chunks.map((chunk) => Buffer.from(chunk, "hex"));
    [this.doc] = A.applyChanges(this.doc, changes);
  }

  push(...edits) {
    return { device: this.device, chunks: edits.map((edit) => this.change(edit)) };
  }
}

const LABEL = "0190f3c2-0000-7000-8000-000000000001";
const USER = (number) => {
  const h = hex(new Uint8Array(16).fill(number));
  return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
};
const WHEN =
  '{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}';

/** Every shape of field, on one device. */
function everyShape() {
  const mine = new Replica("todo", device(1, 1, "editor"));
  const pushes = [
    mine.push(
      (todo) => {
        todo.title = str("Buy milk");
        todo.state = str("open");
        todo.createdAt = 1_772_355_600_000;
        todo.priority = 2;
        todo.estimate = 15;
      },
      (todo) => {
        A.splice(todo, ["notes"], 0, 0, "Two litres 🥛, please");
        todo.labels[LABEL] = 1_772_355_600_000;
        todo.checks[LABEL] = false;
        todo.checks[`${LABEL}/title`] = str("oat, too");
      },
      (todo) => {
        // Counted in UTF-16 units, as JavaScript does.
        A.splice(todo, ["notes"], 11, 2, "🧃🧃");
        todo.priority = 0;
        todo.estimate = null;
        todo.checks[LABEL] = true;
        delete todo.labels[LABEL];
      },
      (todo) => A.updateText(todo, ["notes"], "Three litres 🧃, please."),
      (todo) => {
        todo.done = str(`{"at":1772355600000,"by":"${USER(1)}"}`);
        todo.state = str("done");
        delete todo.priority;
      },
    ),
  ];
  return { name: "every shape of field", kind: "todo", pushes, view: plain(mine.doc) };
}

/** Two people at once: on one field, in one text; then the conflict is settled for
 * the value that won, which the library writes as a removal of the one that lost. */
function atOnce() {
  const ours = new Replica("event", device(1, 1, "owner"));
  const first = ours.push((event) => {
    event.title = str("Planning");
    event.when = str(WHEN);
    event.uid = str("planning@example.org");
    A.splice(event, ["desc"], 0, 0, "Bring the plan.");
  });
  const theirs = new Replica("event", device(2, 1, "editor"));
  theirs.take(first);
  const a = ours.push(
    (event) => (event.title = str("Planning, ours")),
    (event) => A.splice(event, ["desc"], 0, 5, "Print"),
  );
  const b = theirs.push(
    (event) => (event.title = str("Planning, theirs")),
    (event) => A.splice(event, ["desc"], 15, 0, " Thanks!"),
    (event) => (event.overrides["2026-03-08T09:00:00/excluded"] = true),
  );
  ours.take(b);
  theirs.take(a);
  const settled = ours.push((event) => (event.title = str(event.title.toString())));
  theirs.take(settled);
  const pushes = [first, a, b, settled];
  return { name: "two people at once", kind: "event", pushes, view: plain(theirs.doc) };
}

/** A text so long that a saved document would compress it. */
function long() {
  const mine = new Replica("comment", device(1, 1, "commenter"));
  const push = mine.push(
    (comment) => {
      comment.subject = str(LABEL);
      comment.createdAt = 1_772_355_600_000;
      A.splice(comment, ["body"], 0, 0, "Lorem ipsum 日本語 👩‍💻\n".repeat(40));
    },
    (comment) => A.splice(comment, ["body"], 0, 300, ""),
    (comment) => (comment.reactions[USER(1)] = str("👍🏽")),
  );
  return { name: "a long text", kind: "comment", pushes: [push], view: plain(mine.doc) };
}

/** Keystrokes, each a change. */
function typed() {
  const mine = new Replica("space", device(1, 1, "owner"));
  const keys = [..."Plan 🚀 the year"].map((key) => (space) => {
    A.splice(space, ["desc"], space.desc.length, 0, key);
  });
  const push = mine.push(
    (space) => {
      space.name = str("Home");
      space.sections[`${LABEL}/name`] = str("Later");
      space.sections[`${LABEL}/wip`] = 5;
    },
    ...keys,
  );
  return { name: "keystrokes", kind: "space", pushes: [push], view: plain(mine.doc) };
}

/** What everyone does who doesn't know: each is refused, and for this. */
function mistakes() {
  const mine = new Replica("todo", device(1, 1, "editor"));
  const first = mine.push((todo) => (todo.title = str("Buy milk")));
  const wrong = {
    "a string makes a text, not a scalar": [(todo) => (todo.title = "Milk"), "op_invalid"],
    "a string in a map, too": [(todo) => (todo.ext["X-A"] = "b"), "op_invalid"],
    "a text is spliced, not replaced": [(todo) => (todo.notes = "Milk"), "op_invalid"],
    "no objects": [(todo) => (todo.place = { name: "Shop" }), "op_invalid"],
    "no lists": [(todo) => (todo.labels = []), "op_invalid"],
    "no dates": [(todo) => (todo.createdAt = new Date(1_772_355_600_000)), "value_invalid"],
    "no counters": [(todo) => (todo.priority = new A.Counter(1)), "value_invalid"],
    "no fractions": [(todo) => (todo.priority = 1.5), "value_invalid"],
    "no bytes": [(todo) => (todo.title = new Uint8Array([1])), "value_invalid"],
    "no unknown fields": [(todo) => (todo.colour = str("red")), "schema_violation"],
  };
  const refused = Object.entries(wrong).map(([name, [edit, code]]) => {
    const clone = Object.assign(Object.create(Replica.prototype), mine);
    clone.doc = A.clone(mine.doc, { actor: mine.device.prefix + "6b".repeat(8) });
    return { name, code, chunk: clone.change(edit) };
  });
  return { name: "mistakes", kind: "todo", pushes: [first], view: plain(mine.doc), refused };
}

/** What the gate's view of the document should be: what is empty is absent. */
function plain(doc) {
  const value = (it) => (it instanceof A.ImmutableString ? it.toString() : it);
  const map = (object) =>
    Object.fromEntries(
      Object.entries(object)
        .map(([key, it]) => {
          const isMap = typeof it === "object" && it !== null && !(it instanceof A.ImmutableString);
          return [key, isMap ? map(it) : value(it)];
        })
        .filter(([, it]) => it !== null && it !== "" && !isEmpty(it)),
    );
  const isEmpty = (it) => typeof it === "object" && Object.keys(it).length === 0;
  return map(doc);
}

const stories = [everyShape(), atOnce(), long(), typed(), mistakes()];
writeFileSync(new URL("changes.json", vectors), JSON.stringify(stories, null, 2) + "\n");
