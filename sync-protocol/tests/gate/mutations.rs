//! A hundred thousand mutations of honest changes. Each is refused without a
//! trace, or does no harm: whatever is accepted applies, saves and loads, works on
//! a replica that has only what its author had seen, converges, and leaves alone
//! what its author may not write.

use std::collections::BTreeMap;

use automerge::{Automerge, Change, ReadDoc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};
use umbra_model::policy::{Action, Ask, decide};
use umbra_model::schema::{Write, spec};
use umbra_model::{Kind, Role};
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::view::view;

use crate::support::device::Device;
use crate::support::mutate::{Pool, mutate, mutate_bytes};
use crate::support::world::World;
use crate::support::{author, habits};

/// How many there are in each of the five tests; `UMBRA_FUZZ_MUTATIONS` asks for
/// another number in all.
const MUTATIONS: usize = 25_000;
/// Mutations of one document before a new one is made.
const ROUND: usize = 2_500;
/// Honest changes of one document that are altered.
const TEMPLATES: usize = 60;

/// A document with some history, and honest changes to it that were not pushed.
struct Round {
    server: GateDoc,
    history: Vec<Change>,
    view: Map<String, Value>,
    facts: DocFacts,
    pool: Pool,
    templates: Vec<Template>,
}

struct Template {
    author: Author,
    /// The replica that the change was made on: what its author had seen.
    before: Automerge,
    chunk: Vec<u8>,
}

impl Round {
    fn new(kind: Kind, rng: &mut ChaCha8Rng) -> Self {
        let authors = [
            author(1, 1, Role::Owner),
            author(1, 2, Role::Editor),
            author(2, 1, Role::Editor),
            author(3, 1, Role::Commenter),
        ];
        let mut world = World::new(kind, &authors, rng);
        (0..40).for_each(|_| world.step(rng));
        // The server has all that they made; they lack what the others made since.
        (0..authors.len()).for_each(|at| world.push(at));
        let templates: Vec<_> = (0..)
            .map(|at| &world.peers[at % authors.len()].device)
            .filter_map(|device| template(device, &world.facts, rng))
            .take(TEMPLATES)
            .collect();
        let decode = |chunk: &[u8]| Change::from_bytes(chunk.to_vec()).unwrap().decode();
        let history = world.server.document().get_changes(&[]);
        let decoded = history.iter().map(Change::decode);
        let pool = Pool::of(decoded.chain(templates.iter().map(|it| decode(&it.chunk))));
        let view = view(world.server.document(), kind);
        Self { server: world.server, history, view, facts: world.facts, pool, templates }
    }

    /// Judges a mutation, and yields the rule that refused it, if one did.
    fn check(&mut self, template: usize, chunk: &[u8]) -> Option<String> {
        let before = self.server.clone();
        let Template { author, before: replica, .. } = &self.templates[template];
        let judged = self.server.judge(&[chunk], author, &self.facts);
        let rule = match &judged[0] {
            Judgement::Refused { refusal, .. } => {
                assert!(self.server == before, "a refused change left a trace: {refusal}");
                assert_ne!(refusal.code.as_str(), "apply_failed", "{refusal}");
                return Some(refusal.rule.unwrap_or(refusal.code.as_str()).to_owned());
            }
            Judgement::Duplicate { .. } => Some("duplicate".to_owned()),
            Judgement::Accepted { .. } => None,
        };
        let after = std::mem::replace(&mut self.server, before);
        if rule.is_none() {
            self.assert_harmless(&after, replica, author, chunk);
        }
        rule
    }

    fn assert_harmless(&self, after: &GateDoc, seen: &Automerge, author: &Author, chunk: &[u8]) {
        let kind = self.facts.kind;
        let loaded = Automerge::load(&after.save()).unwrap();
        assert_eq!(loaded.get_heads(), after.document().get_heads());
        let change = Change::from_bytes(chunk.to_vec()).unwrap();
        let again = Change::from(change.decode());
        assert_eq!(again.hash(), change.hash(), "the library would spell it otherwise");
        // The replica has what the author had seen, and the rest comes later.
        let mut replica = seen.clone();
        replica.apply_changes([change]).unwrap();
        replica.apply_changes(self.history.iter().cloned()).unwrap();
        assert_eq!(replica.get_missing_deps(&[]), vec![]);
        assert_eq!(replica.get_heads(), loaded.get_heads());
        let is = view(after.document(), kind);
        assert_eq!(view(&loaded, kind), is);
        assert_eq!(view(&replica, kind), is);
        for field in protected(author, &self.facts) {
            assert_eq!(without_own(&self.view, field, author), without_own(&is, field, author));
        }
    }
}

/// An honest change that the device could make now.
fn template(device: &Device, facts: &DocFacts, rng: &mut ChaCha8Rng) -> Option<Template> {
    let mut device = device.clone();
    let before = device.document.clone();
    let chunk = habits::edit(&mut device, facts, rng)?;
    Some(Template { author: device.author, before, chunk })
}

/// The fields that this author may not write, or may not write again.
fn protected(author: &Author, facts: &DocFacts) -> impl Iterator<Item = &'static str> {
    let (author, facts) = (*author, *facts);
    spec(facts.kind)
        .fields
        .iter()
        .filter(move |field| {
            let ask = |action| Ask {
                space: facts.space,
                role: author.role,
                kind: facts.kind,
                privacy: facts.privacy,
                own: facts.creator == author.user,
                own_subject: false,
                action,
            };
            let may = [false, true]
                .into_iter()
                .any(|clears| decide(&ask(Action::on(field.name, clears, false))).is_ok());
            field.write == Write::Once || !may
        })
        .map(|field| field.name)
}

/// The field's value, but for the author's own entries.
fn without_own(view: &Map<String, Value>, field: &str, author: &Author) -> Value {
    let mut value = view.get(field).cloned().unwrap_or_default();
    if let Value::Object(entries) = &mut value {
        entries.retain(|key, _| *key != author.user.to_string());
    }
    if value.as_object().is_some_and(Map::is_empty) { Value::Null } else { value }
}

/// How many mutations a test makes: whole rounds, and at least one.
fn mutations() -> usize {
    let asked = std::env::var("UMBRA_FUZZ_MUTATIONS").ok().and_then(|it| it.parse().ok());
    asked.map_or(MUTATIONS, |all: usize| all / 5).next_multiple_of(ROUND).max(ROUND)
}

/// Checks so many mutations, and yields how often each rule spoke; under `accepted`
/// is how often none did.
fn run(
    kinds: &[Kind],
    seed: u64,
    mutations: usize,
    alter: impl Fn(&Round, &[u8], &mut ChaCha8Rng) -> Vec<u8>,
) -> BTreeMap<String, usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rules = BTreeMap::new();
    for round in 0..mutations / ROUND {
        let mut round = Round::new(kinds[round % kinds.len()], &mut rng);
        for _ in 0..ROUND {
            let at = rng.random_range(0..round.templates.len());
            let chunk = alter(&round, &round.templates[at].chunk, &mut rng);
            let rule = round.check(at, &chunk).unwrap_or_else(|| "accepted".to_owned());
            *rules.entry(rule).or_default() += 1;
        }
    }
    rules
}

/// Mutations of operations. That they are worth something shows in how many were
/// accepted, and in that these rules spoke.
fn run_on_operations(kinds: &[Kind], seed: u64) {
    let rules = run(kinds, seed, mutations(), |round, chunk, rng| {
        let mut change = Change::from_bytes(chunk.to_vec()).unwrap().decode();
        for _ in 0..rng.random_range(1..=2) {
            mutate(&mut change, &round.pool, rng);
        }
        Change::from(change).raw_bytes().to_vec()
    });
    assert!(rules["accepted"] > mutations() / 50, "{rules:#?}");
    for rule in [
        "history.consecutive_numbers",
        "history.exact_counter",
        "history.known_dependencies",
        "history.own_actor",
        "op.action",
        "op.causal",
        "op.delete_names_value",
        "op.element_same_object",
        "op.key_fits_object",
        "op.known_actor",
        "op.known_object",
        "op.known_op",
        "op.pred_same_place",
        "schema.known_field",
        "schema.value",
        "schema.write_once",
    ] {
        assert!(rules.contains_key(rule), "{rule} never spoke: {rules:#?}");
    }
}

#[test]
fn of_operations_on_events() {
    run_on_operations(&[Kind::Event], 1);
}

#[test]
fn of_operations_on_todos() {
    run_on_operations(&[Kind::Todo], 2);
}

#[test]
fn of_operations_on_comments() {
    run_on_operations(&[Kind::Comment], 3);
}

#[test]
fn of_operations_on_all_kinds() {
    run_on_operations(&[Kind::Space, Kind::Event, Kind::Todo, Kind::Comment], 4);
}

#[test]
fn of_bytes() {
    let rules =
        run(&[Kind::Event, Kind::Todo], 5, mutations(), |_, chunk, rng| mutate_bytes(chunk, rng));
    assert!(rules["accepted"] > 0, "{rules:#?}");
    assert!(rules["chunk_malformed"] > mutations() / 2, "{rules:#?}");
}
