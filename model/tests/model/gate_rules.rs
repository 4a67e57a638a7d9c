//! The rules that every door of the gate shares, as far as schema and policy keep them.

use umbra_model::policy::{Action, Ask, UNLISTED, Verb, decide, may_read, rule_for};
use umbra_model::schema::{Domain, EntrySpec, Scalar, Segment, Shape, ValueType, Write, spec};
use umbra_model::value::ClusterKind;
use umbra_model::{Kind, Privacy, Role, SpaceKind};

/// Every value that any kind takes, with the field it belongs to.
fn values() -> Vec<(Kind, &'static str, &'static ValueType, &'static [Segment])> {
    let entry = |kind, name, it: &'static EntrySpec| (kind, name, &it.value, it.key);
    let mut values = Vec::new();
    for &kind in Kind::ALL {
        for field in spec(kind).fields {
            match &field.shape {
                Shape::Scalar(value) => values.push((kind, field.name, value, &[][..])),
                Shape::Map { entries, .. } => {
                    values.extend(entries.iter().map(|it| entry(kind, field.name, it)));
                }
                Shape::Text { .. } => {}
            }
        }
    }
    values
}

/// What decides who may do what: facts of the server, which no document can name.
#[test]
fn no_field_says_where_a_document_lives_or_who_may_see_it() {
    for &kind in Kind::ALL {
        for fact in [
            "kind",
            "space",
            "list",
            "calendar",
            "project",
            "container",
            "owner",
            "creator",
            "createdBy",
            "privacy",
            "members",
            "role",
            "roles",
            "acl",
            "guestPolicy",
            "movedTo",
        ] {
            assert!(spec(kind).field(fact).is_none(), "{kind} has a field `{fact}`");
            let action = Action::Write { field: fact, own_entry: true };
            for &space in spec(kind).homes {
                let ask = Ask {
                    space,
                    role: Role::Owner,
                    kind,
                    privacy: Privacy::Default,
                    own: true,
                    own_subject: true,
                    action,
                };
                assert_eq!(decide(&ask).unwrap_err().rule, UNLISTED, "{kind} {fact}");
            }
        }
    }
}

#[test]
fn nothing_is_allowed_to_a_document_away_from_its_homes() {
    for &kind in Kind::ALL {
        for &space in SpaceKind::ALL {
            let is_home = spec(kind).homes.contains(&space);
            for verb in Verb::ALL {
                let rule = rule_for(space, kind, verb, None);
                assert!(is_home || rule.is_none(), "{kind} in {space}: {verb:?}");
            }
            for privacy in Privacy::ALL {
                let seen = may_read(space, Role::Owner, kind, *privacy, true);
                assert!(is_home || !seen, "{kind} in {space}");
            }
        }
    }
}

#[test]
fn whoever_a_value_says_acted_must_be_named_by_the_check() {
    let claiming = [ClusterKind::Stamp, ClusterKind::LogMark];
    for (kind, field, value, _) in values() {
        let Domain::Cluster(cluster) = value.domain else { continue };
        let claimed = value.check(Scalar::Str(cluster.example())).unwrap();
        let names_someone = cluster.members().iter().any(|member| member.name == "by");
        assert_eq!(claimed.is_some(), names_someone, "{kind} {field}");
        assert_eq!(claiming.contains(&cluster), names_someone, "{kind} {field}");
    }
}

#[test]
fn an_entry_in_an_accounts_name_is_that_accounts_alone_or_made_by_editors() {
    for (kind, field, _, key) in values() {
        if !key.contains(&Segment::User) {
            continue;
        }
        for &space in spec(kind).homes {
            let ask = |role, own_entry| Ask {
                space,
                role,
                kind,
                privacy: Privacy::Default,
                own: true,
                own_subject: true,
                action: Action::Write { field, own_entry },
            };
            let anyone_for_others = Role::ALL
                .into_iter()
                .filter(|role| decide(&ask(*role, false)).is_ok())
                .collect::<Vec<_>>();
            match field {
                // To be given something to do is no act of one's own.
                "assignees" => {
                    assert_eq!(anyone_for_others, [Role::Editor, Role::Manager, Role::Owner]);
                }
                _ => assert!(anyone_for_others.is_empty(), "{kind} {field}: {anyone_for_others:?}"),
            }
        }
    }
}

#[test]
fn what_says_where_from_and_what_about_is_written_once() {
    let once: Vec<_> = Kind::ALL
        .iter()
        .flat_map(|kind| spec(*kind).fields.iter().map(move |field| (*kind, field)))
        .filter(|(_, field)| field.write == Write::Once)
        .map(|(kind, field)| format!("{kind}.{}", field.name))
        .collect();
    assert_eq!(
        once,
        [
            "space.v",
            "todo.v",
            "todo.uid",
            "todo.createdAt",
            "event.v",
            "event.uid",
            "event.createdAt",
            "comment.v",
            "comment.subject",
            "comment.replyTo",
            "comment.createdAt",
            "prefs.v",
        ]
    );
}

#[test]
fn a_value_that_is_written_once_can_not_be_taken_away() {
    for &kind in Kind::ALL {
        for field in spec(kind).fields.iter().filter(|field| field.write == Write::Once) {
            let Shape::Scalar(value) = &field.shape else { panic!("{}: a container", field.name) };
            assert!(value.check_removal().is_err(), "{kind} {}", field.name);
        }
    }
}

#[test]
fn no_value_is_larger_than_a_change_may_carry() {
    const BYTES_MAX: usize = 64 << 10;
    let huge = "x".repeat(BYTES_MAX);
    for (kind, field, value, _) in values() {
        assert!(value.check(Scalar::Str(&huge)).is_err(), "{kind} {field}");
    }
}

#[test]
fn to_those_who_can_not_see_it_a_hidden_event_refuses_everything_by_the_same_rule() {
    let actions = [
        Action::Read,
        Action::Write { field: "title", own_entry: false },
        Action::Write { field: "owner", own_entry: false },
        Action::Trash,
        Action::Restore,
        Action::SetPrivacy(Privacy::Default),
        Action::Purge,
    ];
    for role in [Role::Viewer, Role::Commenter, Role::Editor, Role::Manager] {
        for privacy in [Privacy::Busy, Privacy::Secret] {
            let rules = actions.map(|action| {
                let ask = Ask {
                    space: SpaceKind::Calendar,
                    role,
                    kind: Kind::Event,
                    privacy,
                    own: false,
                    own_subject: false,
                    action,
                };
                decide(&ask).unwrap_err().rule
            });
            assert!(rules.iter().all(|rule| *rule == rules[0]), "{role}: {rules:?}");
        }
    }
}
