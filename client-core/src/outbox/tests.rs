use super::*;

fn doc(number: u8) -> DocId {
    DocId::from_bytes([number; 16])
}

fn space(number: u8) -> SpaceId {
    SpaceId::from_bytes([number; 16])
}

fn row(order: u64, number: u8) -> OutboxRow {
    let (doc, space, bytes) = (doc(number), space(1), 100);
    OutboxRow { order, doc, space, bytes, group: None, returned: false }
}

fn of(rows: impl IntoIterator<Item = OutboxRow>) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.extend(rows);
    outbox.open(space(1));
    outbox
}

/// What a push holds: the documents, and how many changes of each.
fn holds(flight: &Flight) -> Vec<(u8, usize)> {
    flight.items.iter().map(|it| (it.doc.as_bytes()[0], it.orders.len())).collect()
}

/// The push was sent and answered, and all of it accepted.
fn accept(outbox: &mut Outbox, flight: &Flight) {
    outbox.landed(flight.id).unwrap();
    for item in &flight.items {
        outbox.replace(item.doc, Vec::new());
    }
}

#[test]
fn what_was_made_first_goes_first() {
    let mut outbox = of([row(3, 1), row(1, 2), row(2, 3)]);
    let flight = outbox.take_off().unwrap();
    assert_eq!(holds(&flight), [(2, 1), (3, 1), (1, 1)]);
    assert_eq!(outbox.take_off(), None);
    assert!(!outbox.is_idle());
    accept(&mut outbox, &flight);
    assert!(outbox.is_idle() && outbox.is_empty());
}

#[test]
fn a_document_has_one_push_in_flight() {
    let mut outbox = of([row(1, 1), row(2, 2)]);
    let first = outbox.take_off().unwrap();
    outbox.extend([row(3, 1), row(4, 1), row(5, 3)]);
    let second = outbox.take_off().unwrap();
    assert_eq!(holds(&second), [(3, 1)], "documents that are under way wait");
    outbox.landed(first.id).unwrap();
    outbox.replace(doc(1), vec![row(3, 1), row(4, 1)]);
    outbox.replace(doc(2), Vec::new());
    assert_eq!(holds(&outbox.take_off().unwrap()), [(1, 2)], "what piled up goes as one");
}

#[test]
fn nothing_goes_to_a_space_that_is_not_current() {
    let mut outbox = of([row(1, 1)]);
    outbox.close(space(1));
    assert!(outbox.take_off().is_none() && outbox.is_idle());
    outbox.open(space(1));
    assert!(outbox.take_off().is_some());
}

#[test]
fn a_push_is_bounded() {
    let large = |order, number| OutboxRow { bytes: BATCH_BYTES - 10, ..row(order, number) };
    let mut outbox = of([large(1, 1), row(2, 2), row(3, 3)]);
    assert_eq!(holds(&outbox.take_off().unwrap()), [(1, 1)]);
    assert_eq!(holds(&outbox.take_off().unwrap()), [(2, 1), (3, 1)]);
    let huge = OutboxRow { bytes: 10 * BATCH_BYTES, ..row(1, 1) };
    assert_eq!(holds(&of([huge, row(2, 1)]).take_off().unwrap()), [(1, 1)], "one always fits");
    let many = (0..=u8::try_from(BATCH_ITEMS - 1).unwrap()).map(|at| row(u64::from(at), at));
    assert_eq!(of(many.chain([row(999, 1)])).take_off().unwrap().items.len(), BATCH_ITEMS);
}

#[test]
fn so_many_pushes_are_in_flight_and_no_more() {
    let large = |number: u8| OutboxRow { bytes: BATCH_BYTES, ..row(u64::from(number), number) };
    let mut outbox = of((0..20).map(large));
    let flights: Vec<Flight> = std::iter::from_fn(|| outbox.take_off()).collect();
    assert_eq!(flights.len(), WINDOW);
    accept(&mut outbox, &flights[0]);
    assert!(outbox.take_off().is_some() && outbox.take_off().is_none());
}

#[test]
fn a_group_goes_alone_and_whole() {
    let member = |order, number| OutboxRow { group: Some(7), ..row(order, number) };
    let mut outbox = of([row(1, 1), member(2, 1), member(3, 2), row(4, 3)]);
    let first = outbox.take_off().unwrap();
    assert_eq!((first.atomic, holds(&first)), (false, vec![(1, 1), (3, 1)]));
    assert_eq!(outbox.take_off(), None, "the group waits for what it builds on");
    accept(&mut outbox, &first);
    outbox.replace(doc(1), vec![member(2, 1)]);
    let group = outbox.take_off().unwrap();
    assert_eq!((group.atomic, holds(&group)), (true, vec![(1, 1), (2, 1)]));
}

#[test]
fn what_is_given_back_goes_before_what_is_new() {
    let returned = OutboxRow { returned: true, ..row(9, 1) };
    let mut outbox = of([row(1, 1), returned]);
    let first = outbox.take_off().unwrap();
    assert!(first.items[0].returned && first.items[0].orders == [9]);
    outbox.landed(first.id).unwrap();
    outbox.replace(doc(1), vec![row(1, 1)]);
    assert!(!outbox.take_off().unwrap().items[0].returned);
}

#[test]
fn what_is_held_goes_when_its_time_comes() {
    let mut outbox = of([row(1, 1), row(2, 2)]);
    outbox.hold(doc(1), Hold::Progress);
    outbox.hold(doc(2), Hold::Until(Millis(500)));
    assert_eq!(outbox.take_off(), None);
    assert_eq!((outbox.deadline(), outbox.is_idle()), (Some(Millis(500)), false));
    outbox.tick(Millis(499));
    assert_eq!(outbox.take_off(), None);
    outbox.tick(Millis(500));
    let flight = outbox.take_off().unwrap();
    assert_eq!(holds(&flight), [(2, 1)]);
    accept(&mut outbox, &flight);
    assert!(outbox.is_idle(), "what waits for others is nothing to wait for");
    outbox.progress(space(1));
    assert_eq!(holds(&outbox.take_off().unwrap()), [(1, 1)]);
}

#[test]
fn a_lost_connection_grounds_everything() {
    let mut outbox = of([row(1, 1), row(2, 2)]);
    let flight = outbox.take_off().unwrap();
    outbox.ground();
    assert_eq!(outbox.landed(flight.id), None);
    assert_eq!(outbox.take_off(), None, "no space is known to be current");
    outbox.open(space(1));
    assert_eq!(holds(&outbox.take_off().unwrap()), [(1, 1), (2, 1)]);
}

#[test]
fn what_vanished_is_not_sent() {
    let mut outbox = of([row(1, 1), row(2, 2)]);
    let flight = outbox.take_off().unwrap();
    let mut rest = flight.clone();
    rest.items.remove(0);
    assert!(outbox.loaded(rest));
    assert_eq!(outbox.len(), 1);
    let mut outbox = of([row(1, 1)]);
    let flight = outbox.take_off().unwrap();
    assert!(!outbox.loaded(Flight { items: Vec::new(), ..flight }), "nothing is left to send");
    assert!(outbox.is_empty() && outbox.is_idle());
}

#[test]
fn what_is_told_of_one_document_hides_nothing_of_others() {
    let mut outbox = of([row(1, 1)]);
    outbox.replace(doc(1), vec![row(1, 1), row(9, 1)]);
    assert_eq!(outbox.last_order(), 1, "what lies between may be of others");
    outbox.extend([row(5, 2), row(9, 1)]);
    assert_eq!((outbox.last_order(), outbox.len()), (9, 3));
}
