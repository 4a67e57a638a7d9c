//! A backup is taken, work goes on, the server is lost and restored. Every device
//! gives back what it had made, nothing acknowledged is missing, and who was demoted
//! since the backup can't slip anything in.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use umbra_model::{Kind, SpaceId};
use umbra_sync_protocol::wire::{Accepted, Receipt, Verdict};
use umbra_tests::{Database, Device, Engine, Node, Pen, Person, on_both_engines, push_of};

on_both_engines! { a_restored_server_gets_everything_back }

struct Restore {
    engine: Engine,
    node: Node,
    laptop: Device,
    phone: Device,
    bobs: Device,
    /// Bob again, without a client that is honest.
    forger: Person,
    backup: PathBuf,
    /// The titles of all that was acknowledged.
    acknowledged: BTreeSet<String>,
    /// The lost one, in whose directory the backup is, and the new one.
    databases: Vec<Database>,
}

async fn a_restored_server_gets_everything_back(engine: Engine) {
    let mut it = Restore::begin(engine).await;
    it.work_before("before the backup");
    it.node.command_ok(&["backup", it.backup.to_str().expect("a path that is text")]);
    it.work_after();
    it.the_owner_demotes_bob();
    it.the_server_is_lost_and_restored().await;
    it.what_bob_had_made_comes_back_and_nothing_else().await;
    it.the_owner_ends_the_recovery();
    it.what_bob_slipped_in_is_refused();
    it.everybody_has_everything().await;
}

impl Restore {
    async fn begin(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let mut node = Node::over(&database);
        node.start().await;
        let [laptop, phone, bobs] = [(); 3].map(|()| Device::new(&node.url()));
        laptop.json(&["login", "ann", "--setup", "--device", "laptop"]);
        let open = serde_json::json!({ "registration": "open" });
        let ann = node.login("ann").await;
        ann.caller.ask("PUT", "/api/admin/settings", Some(open)).await.ok();
        phone.json(&["login", "ann", "--device", "phone"]);
        bobs.json(&["login", "bob", "--register", "--device", "bob's"]);
        laptop.json(&["lists", "add", "Home"]);
        laptop.json(&["sync"]);
        laptop.json(&["share", "Home", "bob", "editor"]);
        let forger = node.login("bob").await;
        let backup = database.dir.path().join("umbra.backup");
        let acknowledged = BTreeSet::new();
        let databases = vec![database];
        Self { engine, node, laptop, phone, bobs, forger, backup, acknowledged, databases }
    }

    /// A todo that is acknowledged.
    fn add(&mut self, device: fn(&Self) -> &Device, list: &str, title: &str) {
        let device = device(self);
        device.json(&["todo", "add", title, "--list", list]);
        let report = device.json(&["sync"]);
        assert_eq!(report["refused"], 0, "{report}");
        assert_eq!(device.json(&["status"])["pending"], 0);
        self.acknowledged.insert(title.to_owned());
    }

    fn sync_all(&self) {
        for device in [&self.laptop, &self.phone, &self.bobs] {
            device.json(&["sync"]);
        }
    }

    fn work_before(&mut self, when: &str) {
        self.sync_all();
        self.add(|it| &it.laptop, "Home", &format!("by the laptop {when}"));
        self.add(|it| &it.bobs, "Home", &format!("by bob {when}"));
        self.sync_all();
    }

    /// All of it is acknowledged, and none of it in the backup.
    fn work_after(&mut self) {
        self.work_before("after the backup");
        self.add(|it| &it.phone, "Home", "by the phone after the backup");
        self.laptop.json(&["lists", "add", "Garden"]);
        self.add(|it| &it.laptop, "Garden", "in a list that the backup doesn't know");
        let todo = self.id_of(&self.bobs, "by bob before the backup");
        self.bobs.json(&["todo", "edit", &todo, "--title", "by bob, edited after the backup"]);
        self.bobs.json(&["sync"]);
        self.acknowledged.remove("by bob before the backup");
        self.acknowledged.insert("by bob, edited after the backup".to_owned());
        self.sync_all();
    }

    /// Bob's device doesn't hear of it.
    fn the_owner_demotes_bob(&self) {
        self.laptop.json(&["share", "Home", "bob", "viewer"]);
        self.laptop.json(&["sync"]);
    }

    async fn the_server_is_lost_and_restored(&mut self) {
        let database = Database::fresh(self.engine).await;
        self.node.move_to(&database);
        self.node.command_ok(&["restore", self.backup.to_str().expect("a path that is text")]);
        self.node.start().await;
        self.databases.push(database);
    }

    async fn what_bob_had_made_comes_back_and_nothing_else(&self) {
        self.bobs.json(&["todo", "add", "slipped in", "--list", "Home"]);
        let report = self.bobs.json(&["sync"]);
        assert!(report["accepted"].as_u64() >= Some(2), "what has receipts is taken: {report}");
        assert_eq!(self.bobs.json(&["status"])["pending"], 1, "what has none waits");
        let seen = self.titles_at_server().await;
        assert!(seen.contains("by bob after the backup"), "{seen:?}");
        assert!(!seen.contains("slipped in"), "{seen:?}");

        let space = self.home();
        let (mut socket, mut pen) = (self.forger.live().await, Pen::new(self.forger.prefix));
        let doc = Pen::new_doc();
        let chunk = pen.begin(doc, Kind::Todo, "title", "forged");
        let mut push = push_of(1, doc, Some((space, Kind::Todo)), &[&chunk]);
        let code = |verdicts: &[Verdict]| match verdicts {
            [Verdict::Refused { code, .. }] => code.clone(),
            other => panic!("{other:?}"),
        };
        let verdicts = socket.push(push.clone()).await.verdicts;
        assert_eq!(code(&verdicts), "space_recovering");
        let receipt = Receipt([7; 16]);
        push.items[0].receipts = Some(vec![Accepted { space, seq: 50, receipt }]);
        push.id = 2;
        let verdicts = socket.push(push).await.verdicts;
        assert_eq!(code(&verdicts), "receipt_invalid");
    }

    fn the_owner_ends_the_recovery(&self) {
        self.laptop.json(&["sync"]);
        let lists = self.laptop.json(&["lists"]);
        let waits = |it: &Value| it["recovering"] == true;
        assert!(!lists.as_array().expect("a list").iter().any(waits), "{lists}");
        self.phone.json(&["sync"]);
    }

    fn what_bob_slipped_in_is_refused(&self) {
        let report = self.bobs.json(&["sync"]);
        assert_eq!(report["refused"], 1, "{report}");
        let tray = self.bobs.json(&["refused", "ls"]);
        assert_eq!(tray[0]["code"], "role_too_weak", "{tray}");
        assert_eq!(self.bobs.json(&["status"])["pending"], 0);
    }

    async fn everybody_has_everything(&mut self) {
        self.sync_all();
        let at_server = self.titles_at_server().await;
        assert_eq!(at_server, self.acknowledged);
        for device in [&self.laptop, &self.phone] {
            assert_eq!(self.titles(device), self.acknowledged);
            assert_eq!(device.json(&["refused", "ls"]), serde_json::json!([]));
        }
        let mut bobs = self.acknowledged.clone();
        bobs.remove("in a list that the backup doesn't know");
        assert_eq!(self.titles(&self.bobs), bobs);
        self.node.stop().await;
        self.node.audit();
    }

    fn home(&self) -> SpaceId {
        let lists = self.laptop.json(&["lists"]);
        let home = lists.as_array().expect("a list").iter().find(|it| it["name"] == "Home");
        home.expect("it is there")["id"].as_str().expect("an id").parse().expect("an id")
    }

    fn id_of(&self, device: &Device, title: &str) -> String {
        let found = device.json(&["todo", "ls", "--all"]);
        let found = found.as_array().expect("a list").iter().find(|it| it["title"] == title);
        let found = found.unwrap_or_else(|| panic!("`{title}` isn't there"));
        found["id"].as_str().expect("an id").to_owned()
    }

    fn titles(&self, device: &Device) -> BTreeSet<String> {
        let todos = device.json(&["todo", "ls", "--all"]);
        let todos = todos.as_array().expect("a list").iter();
        todos.map(|it| it["title"].as_str().expect("a title").to_owned()).collect()
    }

    /// What somebody sees who signs in for the first time.
    async fn titles_at_server(&self) -> BTreeSet<String> {
        let fresh = Device::new(&self.node.url());
        fresh.json(&["login", "ann", "--device", "fresh"]);
        fresh.json(&["sync"]);
        self.titles(&fresh)
    }
}
