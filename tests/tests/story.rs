//! The whole story, with the real programs: the owner's laptop and phone, and
//! somebody else's laptop. Each of them is a replica of its own, driven by the command
//! line client, against the real server, on both databases.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use umbra_tests::{Database, Device, Engine, Node, ok, on_both_engines, run, until};

on_both_engines! { two_accounts_three_devices }

/// A real calendar: one that ships among the fixtures of the parser's own package.
fn real_calendar() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--offline", "--locked"]);
    let metadata = ok(&run(command.current_dir(env!("CARGO_MANIFEST_DIR"))));
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let calcard = packages.iter().find(|it| it["name"] == "calcard").expect("calcard is there");
    let manifest = PathBuf::from(calcard["manifest_path"].as_str().expect("a path"));
    manifest.with_file_name("resources").join("ical").join("762.ics")
}

/// Who is in the story.
struct Story {
    node: Node,
    laptop: Device,
    phone: Device,
    bobs: Device,
    _database: Database,
}

async fn two_accounts_three_devices(engine: Engine) {
    let mut story = Story::begin(engine).await;
    let (imported, event) = story.the_owner_imports_a_real_calendar_offline().await;
    story.it_is_on_both_devices_of_the_owner(imported);
    story.a_viewer_is_told_why_not(&event, imported);
    story.an_edit_made_offline_is_refused_and_harms_nothing_else(&event);
    story.raised_to_editor_a_retry_reaches_both_devices(&event);
    story.texts_written_offline_merge(&event);
    story.revocation_ends_the_socket_and_rescues_what_was_unsynced(&event).await;
    story.nothing_is_left_to_find().await;
}

fn id_of(document: &Value) -> String {
    document["document"]["id"].as_str().expect("an id").to_owned()
}

impl Story {
    async fn begin(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let mut node = Node::over(&database);
        node.start().await;
        let devices = [(); 3].map(|()| Device::new(&node.url()));
        let [laptop, phone, bobs] = devices;
        laptop.json(&["login", "ann", "--setup", "--device", "laptop"]);
        let token = node.login("ann").await;
        token
            .caller
            .ask("PUT", "/api/admin/settings", Some(json!({ "registration": "open" })))
            .await
            .ok();
        phone.json(&["login", "ann", "--device", "phone"]);
        bobs.json(&["login", "bob", "--register", "--device", "bob's"]);
        for device in [&laptop, &phone, &bobs] {
            device.json(&["sync"]);
        }
        Self { node, laptop, phone, bobs, _database: database }
    }

    /// The server is gone all the while.
    async fn the_owner_imports_a_real_calendar_offline(&mut self) -> (u64, String) {
        self.node.stop().await;
        let calendar = real_calendar();
        let calendar = calendar.to_str().expect("a path that is text");
        self.laptop.json(&["lists", "add", "Family", "--kind", "calendar"]);
        self.laptop.json(&["import", calendar, "--calendar", "Family"]);
        let imported = self.events(&self.laptop);
        assert!(imported > 400, "only {imported} events were imported");
        // Once more changes nothing.
        self.laptop.json(&["import", calendar, "--calendar", "Family"]);
        assert_eq!(self.events(&self.laptop), imported);
        let words = ["event", "add", "Lunch", "--calendar", "Family", "--at", "2026-12-02 12:00"];
        let event =
            id_of(&self.laptop.json(&[&words[..], &["--for", "1h", "--desc", "Agenda."]].concat()));
        self.laptop.fails(4, &["sync"]);
        assert!(self.laptop.json(&["status"])["pending"].as_u64() > Some(imported));
        self.node.start().await;
        let report = self.laptop.json(&["sync"]);
        assert_eq!(report["refused"], 0, "{report}");
        assert!(report["accepted"].as_u64() > Some(imported), "{report}");
        (imported + 1, event)
    }

    fn it_is_on_both_devices_of_the_owner(&self, events: u64) {
        self.phone.json(&["sync"]);
        assert_eq!(self.events(&self.phone), events);
        assert_eq!(self.fingerprint(&self.phone), self.fingerprint(&self.laptop));
    }

    fn a_viewer_is_told_why_not(&self, event: &str, events: u64) {
        self.laptop.json(&["share", "Family", "bob", "viewer"]);
        self.bobs.json(&["sync"]);
        assert_eq!(self.events(&self.bobs), events);
        let error = self.bobs.fails(6, &["event", "edit", event, "--title", "Mine"]);
        assert_eq!(error["code"], "role_too_weak", "{error}");
    }

    /// The device believes that it may, since it hasn't heard otherwise.
    fn an_edit_made_offline_is_refused_and_harms_nothing_else(&self, event: &str) {
        self.laptop.json(&["share", "Family", "bob", "editor"]);
        self.bobs.json(&["sync"]);
        self.laptop.json(&["share", "Family", "bob", "viewer"]);
        self.bobs.json(&["event", "edit", event, "--title", "Brunch"]);
        let elsewhere = id_of(&self.bobs.json(&["todo", "add", "Something", "of", "my", "own"]));
        let report = self.bobs.json(&["sync"]);
        assert_eq!(report["refused"], 1, "{report}");
        assert!(report["accepted"].as_u64() >= Some(1), "{report}");
        let [refused] = &self.tray()[..] else { panic!("one edit is in the tray") };
        assert_eq!(
            (&refused["code"], &refused["path"]),
            (&json!("role_too_weak"), &json!("title"))
        );
        assert_eq!(refused["rule"], "event.write.editor");
        assert_eq!(refused["edits"][0]["value"], "Brunch", "what was written stays readable");
        // The document is as the server has it, and the other work is there.
        assert_eq!(self.bobs.json(&["event", "show", event])["title"], "Lunch");
        assert_eq!(self.bobs.json(&["todo", "show", &elsewhere])["pending"], 0);
    }

    fn raised_to_editor_a_retry_reaches_both_devices(&self, event: &str) {
        self.laptop.json(&["share", "Family", "bob", "editor"]);
        self.bobs.json(&["sync"]);
        let id = self.tray()[0]["id"].to_string();
        self.bobs.json(&["refused", "retry", &id]);
        assert!(self.tray().is_empty());
        let report = self.bobs.json(&["sync"]);
        assert_eq!((&report["accepted"], &report["refused"]), (&json!(1), &json!(0)));
        for device in [&self.laptop, &self.phone] {
            device.json(&["sync"]);
            assert_eq!(device.json(&["event", "show", event])["title"], "Brunch");
        }
    }

    fn texts_written_offline_merge(&self, event: &str) {
        self.laptop.json(&["event", "edit", event, "--desc", "Agenda. Ann brings bread."]);
        self.bobs.json(&["event", "edit", event, "--desc", "Bob books a table. Agenda."]);
        for device in [&self.laptop, &self.bobs, &self.laptop, &self.phone] {
            assert_eq!(device.json(&["sync"])["refused"], 0);
        }
        for device in [&self.laptop, &self.bobs, &self.phone] {
            let event = device.json(&["event", "show", event]);
            let merged = "Bob books a table. Agenda. Ann brings bread.";
            assert_eq!(event["fields"]["desc"], merged, "{event}");
        }
    }

    async fn revocation_ends_the_socket_and_rescues_what_was_unsynced(&self, event: &str) {
        let watch = self.bobs.watch();
        watch.says("synced").await;
        self.laptop.json(&["unshare", "Family", "bob"]);
        let gone = async || (self.events(&self.bobs) == 0).then_some(());
        until("the replica to purge the calendar", gone).await;
        drop(watch);
        self.bobs.fails(3, &["event", "show", event]);

        // Once more, with something that isn't synced.
        self.laptop.json(&["share", "Family", "bob", "editor"]);
        self.bobs.json(&["sync"]);
        self.bobs.json(&["event", "edit", event, "--title", "Supper"]);
        self.laptop.json(&["unshare", "Family", "bob"]);
        let report = self.bobs.json(&["sync"]);
        assert_eq!(report["purged"], 1, "{report}");
        self.bobs.fails(3, &["event", "show", event]);
        let [rescued] = &self.tray()[..] else { panic!("one edit is in the tray") };
        assert_eq!(rescued["code"], "access_ended", "{rescued}");
        assert_eq!(rescued["edits"][0]["value"], "Supper", "{rescued}");
    }

    async fn nothing_is_left_to_find(&mut self) {
        let family = self.laptop.json(&["lists"]);
        let family = family.as_array().expect("a list").iter().find(|it| it["name"] == "Family");
        let family = family.expect("the calendar")["id"].as_str().expect("an id").to_owned();
        let ann = self.node.login("ann").await;
        let purges = ann.caller.get(&format!("/api/spaces/{family}/purges")).await.ok();
        let purges = purges.as_array().expect("a list");
        assert_eq!(purges.len(), 2, "{purges:?}");
        assert!(
            purges.iter().all(|it| it["confirmed_at"].is_i64()),
            "the device confirmed: {purges:?}"
        );
        for device in [&self.laptop, &self.phone] {
            device.json(&["sync"]);
        }
        assert_eq!(self.fingerprint(&self.laptop), self.fingerprint(&self.phone));
        self.node.stop().await;
        self.node.audit();
    }

    fn tray(&self) -> Vec<Value> {
        self.bobs.json(&["refused", "ls"]).as_array().expect("a list").clone()
    }

    /// Everything that a device holds, as it exports it.
    fn documents(&self, device: &Device) -> Vec<Value> {
        let export = device.json(&["export"]);
        let spaces = export["spaces"].as_array().expect("spaces").clone();
        let documents = spaces.iter().flat_map(|space| space["documents"].as_array().cloned());
        documents.flatten().collect()
    }

    fn events(&self, device: &Device) -> u64 {
        let documents = self.documents(device);
        documents.iter().filter(|document| document["kind"] == "event").count() as u64
    }

    /// What a device shows, without what differs between devices.
    fn fingerprint(&self, device: &Device) -> Vec<(String, Value)> {
        let documents = self.documents(device).into_iter();
        let mut shown: Vec<_> = documents
            .map(|document| (document["id"].to_string(), document["view"].clone()))
            .collect();
        shown.sort_by(|a, b| a.0.cmp(&b.0));
        shown
    }
}
