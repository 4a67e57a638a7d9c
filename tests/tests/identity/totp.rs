//! Setting one-time codes up and doing away with them.

use serde_json::{Value, json};
use umbra_tests::{Aged, Engine, PASSWORD, TestServer, login, on_both_engines, one_time_code};

use crate::stage::{enrol, give_code, give_recovery_code, second_step, texts};

on_both_engines! {
    codes_are_set_up_by_a_code
    nothing_changes_until_a_code_came_back
    an_enrolment_is_of_one_session_and_one_moment
    codes_are_done_away_with
    recovery_codes_are_renewed
    a_secret_is_kept_encrypted
    without_its_key_a_server_does_not_start
}

async fn codes_are_set_up_by_a_code(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let begun = ada.caller.post("/api/auth/totp", json!({})).await.ok();
    let (secret, uri) = (begun["secret"].as_str().unwrap(), begun["uri"].as_str().unwrap());
    assert_eq!(secret.len(), 32, "160 bits");
    assert!(uri.starts_with("otpauth://totp/Umbra:ada?"), "{uri}");
    assert!(uri.contains(&format!("secret={secret}")), "{uri}");
    assert!(begun["qr_svg"].as_str().unwrap().starts_with("<svg "));
    let code = one_time_code(secret, 0);
    let body = json!({ "ceremony": begun["ceremony"], "code": code });
    let answer = ada.caller.post("/api/auth/totp/finish", body).await.ok();
    // The code that proved it is used.
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &code).await.is_problem(401, "code_wrong");
    let mut codes = texts(&answer["recovery_codes"]);
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 10);
    let status = ada.caller.get("/api/auth/status").await.ok();
    assert_eq!(status["signed_in"]["has_totp"], true);
    let security = ada.caller.get("/api/auth/security").await.ok();
    assert_eq!(security["recovery_codes_left"], 10);
    assert!(security["totp_enrolled_at"].is_i64());
    let again = ada.caller.post("/api/auth/totp", json!({})).await;
    again.is_problem(409, "totp_enrolled");
    assert!(server.audited().await.contains(&"totp_enrol ok".to_owned()));
    server.stop().await;
}

async fn nothing_changes_until_a_code_came_back(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let begun = ada.caller.post("/api/auth/totp", json!({})).await.ok();
    server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    let finish = async |ceremony: &Value, code: &str| {
        let body = json!({ "ceremony": ceremony, "code": code });
        ada.caller.post("/api/auth/totp/finish", body).await
    };
    let secret = begun["secret"].as_str().unwrap();
    let far = one_time_code(secret, 4);
    finish(&begun["ceremony"], &far).await.is_problem(401, "code_wrong");
    let right = one_time_code(secret, 0);
    finish(&begun["ceremony"], &right).await.is_problem(409, "ceremony_over");
    finish(&json!("umbra_cer_nonsense"), &right).await.is_problem(409, "ceremony_over");
    let cancelled = ada.caller.post("/api/auth/totp", json!({})).await.ok();
    let cancel = json!({ "ceremony": cancelled["ceremony"] });
    server.anonymous().post("/api/auth/ceremonies/cancel", cancel).await.ok();
    let code = one_time_code(cancelled["secret"].as_str().unwrap(), 0);
    finish(&cancelled["ceremony"], &code).await.is_problem(409, "ceremony_over");
    let status = ada.caller.get("/api/auth/status").await.ok();
    assert_eq!(status["signed_in"]["has_totp"], false);
    server.stop().await;
}

async fn an_enrolment_is_of_one_session_and_one_moment(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ada, bob) = server.two_people().await;
    let elsewhere = ada.on_another_device().await;
    let begun = ada.caller.post("/api/auth/totp", json!({})).await.ok();
    let code = one_time_code(begun["secret"].as_str().unwrap(), 0);
    let body = json!({ "ceremony": begun["ceremony"], "code": code });
    for other in [&bob, &elsewhere] {
        let answer = other.caller.post("/api/auth/totp/finish", body.clone()).await;
        answer.is_problem(409, "ceremony_over");
    }
    server.age(Aged::Ceremonies, umbra_server::limits::CEREMONY_LIFE).await;
    let late = ada.caller.post("/api/auth/totp/finish", body).await;
    late.is_problem(409, "ceremony_over");
    // Of two that finish one, one does.
    let begun = ada.caller.post("/api/auth/totp", json!({})).await.ok();
    let code = one_time_code(begun["secret"].as_str().unwrap(), 0);
    let body = json!({ "ceremony": begun["ceremony"], "code": code });
    let tabs = (0..4).map(|_| ada.caller.post("/api/auth/totp/finish", body.clone()));
    let answers = futures_util::future::join_all(tabs).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    server.stop().await;
}

async fn codes_are_done_away_with(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let none = ada.caller.ask("DELETE", "/api/auth/totp", None).await;
    none.is_problem(409, "totp_not_enrolled");
    let enrolled = enrol(&server, &ada).await;
    let ceremony = second_step(&server, "ada").await;
    ada.caller.ask("DELETE", "/api/auth/totp", None).await.ok();
    let code = one_time_code(&enrolled.secret, 0);
    give_code(&server, &ceremony, &code).await.is_problem(401, "code_wrong");
    give_recovery_code(&server, &ceremony, &enrolled.codes[0]).await.is_problem(401, "code_wrong");
    server.anonymous().post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    let security = ada.caller.get("/api/auth/security").await.ok();
    assert_eq!(security["recovery_codes_left"], 0);
    assert!(server.audited().await.contains(&"totp_remove ok".to_owned()));
    server.stop().await;
}

async fn recovery_codes_are_renewed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let enrolled = enrol(&server, &ada).await;
    let renewed = ada.caller.post("/api/auth/recovery-codes", json!({})).await.ok();
    let renewed = texts(&renewed["recovery_codes"]);
    assert!(renewed.iter().all(|code| !enrolled.codes.contains(code)));
    let ceremony = second_step(&server, "ada").await;
    let old = give_recovery_code(&server, &ceremony, &enrolled.codes[0]).await;
    old.is_problem(401, "code_wrong");
    give_recovery_code(&server, &ceremony, &renewed[0].to_uppercase()).await.ok();
    let security = ada.caller.get("/api/auth/security").await.ok();
    assert_eq!(security["recovery_codes_left"], 9);
    server.stop().await;
}

async fn a_secret_is_kept_encrypted(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    let file = server.config.data_dir.join("secret.keys");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&file).expect("the key file is there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let enrolled = enrol(&server, &ada).await;
    let rotated = umbra_server::open_store(&server.config).await.unwrap();
    let sealed = rotated.totp(ada.user).await.unwrap().unwrap();
    let plain = enrolled.secret.as_bytes();
    assert!(!sealed.windows(plain.len()).any(|it| it == plain));
    // The key is replaced while the server runs: what it sealed opens, then and after.
    let before = std::fs::read_to_string(&file).unwrap();
    for n in 1..=2 {
        let rotation = umbra_server::identity::rotate_keys(&server.config, &rotated, false);
        assert_eq!(rotation.await.unwrap().resealed, 1, "{n}");
    }
    assert_ne!(rotated.totp(ada.user).await.unwrap().unwrap(), sealed);
    rotated.close().await;
    let key = |text: &str| text.lines().find(|it| !it.starts_with('#')).unwrap().to_owned();
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(!after.contains(&key(&before)), "a key that nothing needs goes with the second time");
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &one_time_code(&enrolled.secret, 0)).await.ok();
    let server = server.restart().await;
    let ceremony = second_step(&server, "ada").await;
    give_code(&server, &ceremony, &one_time_code(&enrolled.secret, 1)).await.ok();
    server.stop().await;
}

async fn without_its_key_a_server_does_not_start(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ada = server.set_up("ada").await;
    enrol(&server, &ada).await;
    let config = server.config.clone();
    let database = server.stop().await;
    std::fs::remove_file(config.data_dir.join("secret.keys")).unwrap();
    let refused = umbra_server::start(config.clone()).await.err().expect("it refuses");
    assert!(refused.to_string().contains("secret.keys"), "{refused}");
    let store = umbra_server::open_store(&config).await.unwrap();
    let refused = umbra_server::identity::rotate_keys(&config, &store, false).await;
    assert!(refused.unwrap_err().to_string().contains("--drop-unreadable"));
    let rotation = umbra_server::identity::rotate_keys(&config, &store, true).await.unwrap();
    assert_eq!(rotation.dropped, [ada.user]);
    store.close().await;
    let running = umbra_server::start(config).await.unwrap();
    let caller = umbra_tests::Caller::new(format!("http://{}", running.addr));
    caller.post("/api/auth/login", login("ada", PASSWORD)).await.ok();
    running.shutdown().await;
    drop(database);
}
