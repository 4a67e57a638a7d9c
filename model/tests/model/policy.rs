//! The policy over its full product, against a plain transcription of the matrices.
//!
//! A cell says what it takes: `y`, `-`, `own` (the member created the document),
//! `subj` (they created it or what it is about) or `entry` (the entry is theirs).
//! One sentence stands beside the tables: what a member can't see, they can't touch.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use umbra_model::policy::{Action, Ask, Denied, RULES, UNLISTED, decide, may_read, rule_for};
use umbra_model::policy::{Fields, Verb};
use umbra_model::schema::spec;
use umbra_model::{Kind, Privacy, Role, SpaceKind};

/// Columns: viewer, commenter, editor, manager, owner.
const LISTS_AND_PROJECTS: &str = "
    space    read                 y      y      y      y      y
    space    read private         -      -      -      -      -
    space    create               -      -      -      -      -
    space    create private       -      -      -      -      -
    space    write                -      -      -      y      y
    space    write sections       -      -      y      y      y
    space    write labels         -      -      y      y      y
    space    write v              -      -      -      -      -
    space    trash                -      -      -      -      -
    space    restore              -      -      -      -      -
    space    set privacy          -      -      -      -      -
    space    purge                -      -      -      -      -

    todo     read                 y      y      y      y      y
    todo     read private         -      -      -      -      -
    todo     create               -      -      y      y      y
    todo     create private       -      -      -      -      -
    todo     write                -      -      y      y      y
    todo     write v              -      -      -      -      -
    todo     write deletedAt      -      -      -      -      -
    todo     trash                -      -      y      y      y
    todo     restore              -      -      y      y      y
    todo     set privacy          -      -      -      -      -
    todo     purge                -      -      -      y      y

    comment  read                 y      y      y      y      y
    comment  read private         -      -      -      -      -
    comment  create               -      y      y      y      y
    comment  create private       -      -      -      -      -
    comment  write                -      own    own    own    own
    comment  write reactions      -      entry  entry  entry  entry
    comment  write v              -      -      -      -      -
    comment  write deletedAt      -      -      -      -      -
    comment  trash                -      own    own    y      y
    comment  restore              -      own    own    y      y
    comment  set privacy          -      -      -      -      -
    comment  purge                -      -      -      y      y
";

const CALENDARS: &str = "
    space    read                 y      y      y      y      y
    space    read private         -      -      -      -      -
    space    create               -      -      -      -      -
    space    create private       -      -      -      -      -
    space    write                -      -      -      y      y
    space    write sections       -      -      y      y      y
    space    write labels         -      -      y      y      y
    space    write v              -      -      -      -      -
    space    trash                -      -      -      -      -
    space    restore              -      -      -      -      -
    space    set privacy          -      -      -      -      -
    space    purge                -      -      -      -      -

    event    read                 y      y      y      y      y
    event    read private         own    own    own    own    y
    event    create               -      -      y      y      y
    event    create private       -      -      y      y      y
    event    write                -      -      y      y      y
    event    write v              -      -      -      -      -
    event    write deletedAt      -      -      -      -      -
    event    trash                -      -      own    y      y
    event    restore              -      -      own    y      y
    event    set privacy          -      -      own    own    y
    event    purge                -      -      -      -      y

    comment  read                 y      y      y      y      y
    comment  read private         subj   subj   subj   subj   y
    comment  create               y      y      y      y      y
    comment  create private       -      -      -      -      -
    comment  write                own    own    own    own    own
    comment  write reactions      entry  entry  entry  entry  entry
    comment  write v              -      -      -      -      -
    comment  write deletedAt      -      -      -      -      -
    comment  trash                own    own    own    y      y
    comment  restore              own    own    own    y      y
    comment  set privacy          -      -      -      -      -
    comment  purge                -      -      -      -      y
";

/// A personal space has no members but its owner.
const PERSONAL: &str = "
    space    read                 y      y      y      y      y
    space    read private         -      -      -      -      -
    space    create               -      -      -      -      -
    space    create private       -      -      -      -      -
    space    write                -      -      -      y      y
    space    write sections       -      -      y      y      y
    space    write labels         -      -      y      y      y
    space    write v              -      -      -      -      -
    space    trash                -      -      -      -      -
    space    restore              -      -      -      -      -
    space    set privacy          -      -      -      -      -
    space    purge                -      -      -      -      -

    prefs    read                 -      -      -      -      y
    prefs    read private         -      -      -      -      -
    prefs    create               -      -      -      -      y
    prefs    create private       -      -      -      -      -
    prefs    write                -      -      -      -      y
    prefs    write v              -      -      -      -      -
    prefs    trash                -      -      -      -      -
    prefs    restore              -      -      -      -      -
    prefs    set privacy          -      -      -      -      -
    prefs    purge                -      -      -      -      -
";

fn table(space: SpaceKind) -> &'static str {
    match space {
        SpaceKind::Personal => PERSONAL,
        SpaceKind::List | SpaceKind::Project => LISTS_AND_PROJECTS,
        SpaceKind::Calendar => CALENDARS,
    }
}

type Line = (SpaceKind, Kind, &'static str);

/// The transcription, taken apart once.
static CELLS: LazyLock<BTreeMap<Line, [&'static str; 5]>> = LazyLock::new(|| {
    let lines =
        SpaceKind::ALL.iter().flat_map(|space| table(*space).lines().map(|it| (*space, it)));
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(space, line)| {
            let (kind, action) = line.trim().split_at(9);
            let (action, cells) = action.split_at(21);
            let cells: Vec<_> = cells.split_whitespace().collect();
            ((space, kind.trim().parse().unwrap(), action.trim()), cells.try_into().unwrap())
        })
        .collect()
});

/// What the transcription says in the line of this document and action.
fn cell(space: SpaceKind, kind: Kind, action: &'static str, role: Role) -> Option<&'static str> {
    let column = Role::ALL.iter().position(|it| *it == role).unwrap();
    CELLS.get(&(space, kind, action)).map(|cells| cells[column])
}

/// The fields that have lines of their own.
const OWN_LINES: [(&str, &str); 5] = [
    ("v", "write v"),
    ("deletedAt", "write deletedAt"),
    ("sections", "write sections"),
    ("labels", "write labels"),
    ("reactions", "write reactions"),
];

fn holds(ask: &Ask<'_>, cell: &str) -> bool {
    match cell {
        "y" => true,
        "-" => false,
        "own" => ask.own,
        "subj" => ask.own || ask.own_subject,
        "entry" => matches!(ask.action, Action::Write { own_entry: true, .. }),
        cell => panic!("`{cell}` is no cell"),
    }
}

fn expected(ask: &Ask<'_>) -> bool {
    let is =
        |action| cell(ask.space, ask.kind, action, ask.role).is_some_and(|cell| holds(ask, cell));
    let is_private = ask.privacy != Privacy::Default;
    let sees = if is_private { is("read private") } else { is("read") };
    match ask.action {
        Action::Create if is_private => is("create private"),
        Action::Create => is("create"),
        Action::Read => sees,
        Action::Write { field, .. } => {
            let is_field = spec(ask.kind).field(field).is_some();
            let has_line = |line: &str| CELLS.contains_key(&(ask.space, ask.kind, line));
            let own_line = OWN_LINES.iter().find(|it| it.0 == field && has_line(it.1));
            sees && is_field && is(own_line.map_or("write", |it| it.1))
        }
        Action::Trash => sees && is("trash"),
        Action::Restore => sees && is("restore"),
        Action::SetPrivacy(_) => sees && is("set privacy"),
        Action::Purge => sees && is("purge"),
    }
}

/// Every action, on every field that any kind has and on one that none has.
fn actions() -> Vec<Action<'static>> {
    let mut fields: Vec<&str> =
        Kind::ALL.iter().flat_map(|kind| spec(*kind).fields).map(|field| field.name).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.push("owner");
    let writes = fields
        .into_iter()
        .flat_map(|field| [true, false].map(|own_entry| Action::Write { field, own_entry }));
    let privacies = Privacy::ALL.iter().map(|it| Action::SetPrivacy(*it));
    [Action::Create, Action::Read, Action::Trash, Action::Restore, Action::Purge]
        .into_iter()
        .chain(writes)
        .chain(privacies)
        .collect()
}

/// Everything that can be asked.
fn each_ask(mut check: impl FnMut(Ask<'static>)) {
    for action in actions() {
        for &space in SpaceKind::ALL {
            for &kind in Kind::ALL {
                for &privacy in Privacy::ALL {
                    for (own, own_subject) in
                        [(false, false), (true, false), (false, true), (true, true)]
                    {
                        for role in Role::ALL {
                            check(Ask { space, role, kind, privacy, own, own_subject, action });
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_policy_says_what_the_matrices_say() {
    let mut asked = 0;
    each_ask(|ask| {
        assert_eq!(decide(&ask).is_ok(), expected(&ask), "{ask:?}: {:?}", decide(&ask));
        asked += 1;
    });
    assert!(asked > 50_000, "the product shrank to {asked}");
}

#[test]
fn the_transcription_speaks_of_every_kind_at_home_and_of_no_other() {
    for &space in SpaceKind::ALL {
        for &kind in Kind::ALL {
            let is_home = spec(kind).homes.contains(&space);
            assert_eq!(cell(space, kind, "read", Role::Owner).is_some(), is_home, "{kind} {space}");
        }
    }
}

#[test]
fn a_greater_role_may_do_all_that_a_lesser_may() {
    each_ask(|ask| {
        if decide(&ask).is_ok() {
            for role in Role::ALL.into_iter().filter(|role| *role > ask.role) {
                assert_eq!(decide(&Ask { role, ..ask }), Ok(()), "{role}: {ask:?}");
            }
        }
    });
}

#[test]
fn a_refusal_names_the_least_role_that_would_do() {
    each_ask(|ask| {
        let Err(Denied { rule, needs }) = decide(&ask) else { return };
        let least = Role::ALL.into_iter().find(|role| decide(&Ask { role: *role, ..ask }).is_ok());
        assert_eq!(needs, least, "{ask:?}");
        assert!(rule == UNLISTED || RULES.iter().any(|it| it.name == rule), "{rule}");
    });
}

#[test]
fn what_is_created_is_ones_own() {
    each_ask(|ask| {
        if ask.action == Action::Create {
            assert_eq!(decide(&Ask { own: !ask.own, ..ask }), decide(&ask), "{ask:?}");
        }
    });
}

#[test]
fn reading_is_asked_alike_both_ways() {
    each_ask(|ask| {
        if ask.action == Action::Read {
            let own = ask.own || (ask.own_subject && ask.kind == Kind::Comment);
            let seen = may_read(ask.space, ask.role, ask.kind, ask.privacy, own);
            assert_eq!(seen, decide(&ask).is_ok(), "{ask:?}");
        }
    });
}

#[test]
fn a_creator_who_became_a_viewer_still_sees_what_they_hid() {
    let hidden = Privacy::Secret;
    assert!(may_read(SpaceKind::Calendar, Role::Viewer, Kind::Event, hidden, true));
    assert!(!may_read(SpaceKind::Calendar, Role::Manager, Kind::Event, hidden, false));
    assert!(may_read(SpaceKind::Calendar, Role::Owner, Kind::Event, hidden, false));
}

#[test]
fn each_thing_at_home_is_decided_by_a_rule_and_each_rule_decides_something() {
    let mut decided = Vec::new();
    for &kind in Kind::ALL {
        for &space in spec(kind).homes {
            for verb in Verb::ALL {
                let fields: Vec<Option<&str>> = match verb {
                    Verb::Write => spec(kind).fields.iter().map(|it| Some(it.name)).collect(),
                    _ => vec![None],
                };
                for field in fields {
                    let rule = rule_for(space, kind, verb, field);
                    // Only events and the comments on them can be private.
                    let is_possible = verb != Verb::ReadPrivate
                        || (space == SpaceKind::Calendar && kind != Kind::Space);
                    assert_eq!(
                        rule.is_some(),
                        is_possible,
                        "{kind} in {space}: {verb:?} {field:?}"
                    );
                    decided.extend(rule.map(|rule| rule.name));
                }
            }
        }
    }
    for rule in RULES {
        assert!(decided.contains(&rule.name), "`{}` never decides", rule.name);
    }
}

#[test]
fn rules_have_names_of_their_own_and_speak_of_fields_that_exist() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(RULES[..at].iter().all(|earlier| earlier.name != rule.name), "{}", rule.name);
        if let Fields::Only(fields) = rule.fields {
            assert_eq!(rule.verbs, [Verb::Write], "{}", rule.name);
            for field in fields {
                let known = rule.kinds.iter().any(|kind| spec(*kind).field(field).is_some());
                assert!(known, "`{}` speaks of `{field}`", rule.name);
            }
        }
    }
}

#[test]
fn setting_deleted_at_is_trash_and_clearing_it_is_restore() {
    assert_eq!(Action::on("deletedAt", false, false), Action::Trash);
    assert_eq!(Action::on("deletedAt", true, true), Action::Restore);
    let write = Action::Write { field: "title", own_entry: true };
    assert_eq!(Action::on("title", true, true), write);
}
