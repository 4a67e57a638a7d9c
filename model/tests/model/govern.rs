//! Who may change a space and its members, over the full product.

use umbra_model::policy::{GOVERN_RULES, Govern, PERSONAL, govern};
use umbra_model::{Role, SpaceKind};

use Role::{Commenter, Editor, Manager, Owner, Viewer};

/// Who may give, change or take which roles: managers those below their own,
/// owners all but their own. Columns: the other's role, as in `Role::ALL`.
const REACH: [(Role, [bool; 5]); 5] = [
    (Viewer, [false, false, false, false, false]),
    (Commenter, [false, false, false, false, false]),
    (Editor, [false, false, false, false, false]),
    (Manager, [true, true, true, false, false]),
    (Owner, [true, true, true, true, false]),
];

fn reaches(actor: Role, other: Role) -> bool {
    let column = Role::ALL.iter().position(|it| *it == other).unwrap();
    REACH.iter().find(|(role, _)| *role == actor).unwrap().1[column]
}

fn expected(actor: Role, what: &Govern) -> bool {
    match *what {
        Govern::Add(role) | Govern::Remove(role) => reaches(actor, role),
        Govern::Change { from, to } => reaches(actor, from) && reaches(actor, to),
        // The owner would have to hand the space over first.
        Govern::Leave => actor != Owner,
        Govern::Transfer | Govern::Delete => actor == Owner,
    }
}

fn everything() -> Vec<Govern> {
    let mut all = vec![Govern::Leave, Govern::Transfer, Govern::Delete];
    for role in Role::ALL {
        all.extend([Govern::Add(role), Govern::Remove(role)]);
        all.extend(Role::ALL.map(|to| Govern::Change { from: role, to }));
    }
    all
}

#[test]
fn shared_spaces_are_governed_as_the_matrices_say() {
    for space in [SpaceKind::List, SpaceKind::Calendar, SpaceKind::Project] {
        for what in everything() {
            for actor in Role::ALL {
                let said = govern(space, actor, &what);
                assert_eq!(said.is_ok(), expected(actor, &what), "{actor} {what:?} {space}");
                if let Err(denied) = said {
                    assert!(GOVERN_RULES.iter().any(|rule| rule.name == denied.rule));
                    let greater = Role::ALL.into_iter().filter(|role| *role > actor);
                    let least = greater.into_iter().find(|role| expected(*role, &what));
                    assert_eq!(denied.needs, least, "{actor} {what:?}");
                }
            }
        }
    }
}

#[test]
fn a_personal_space_is_never_shared_left_or_deleted() {
    for what in everything() {
        for actor in Role::ALL {
            let denied = govern(SpaceKind::Personal, actor, &what).unwrap_err();
            assert_eq!((denied.rule, denied.needs), (PERSONAL, None));
        }
    }
}

#[test]
fn a_greater_role_may_do_all_that_a_lesser_may_but_leave() {
    for what in everything() {
        for actor in Role::ALL {
            if govern(SpaceKind::List, actor, &what).is_ok() && what != Govern::Leave {
                for greater in Role::ALL.into_iter().filter(|role| *role > actor) {
                    assert!(govern(SpaceKind::List, greater, &what).is_ok(), "{greater} {what:?}");
                }
            }
        }
    }
}

#[test]
fn there_is_always_one_owner() {
    for actor in Role::ALL {
        for what in [Govern::Add(Owner), Govern::Remove(Owner)] {
            assert!(govern(SpaceKind::Project, actor, &what).is_err());
        }
        for role in Role::ALL {
            for what in
                [Govern::Change { from: Owner, to: role }, Govern::Change { from: role, to: Owner }]
            {
                assert!(govern(SpaceKind::Project, actor, &what).is_err());
            }
        }
    }
}
