//! The first account.

use futures_util::future::join_all;
use umbra_tests::{Engine, PASSWORD, TestServer, login, on_both_engines};

on_both_engines! { of_many_setups_at_once_one_succeeds }

async fn of_many_setups_at_once_one_succeeds(engine: Engine) {
    let server = TestServer::start(engine).await;
    let tries = (0..12).map(|n| {
        let anonymous = server.anonymous();
        async move { anonymous.post("/api/setup", login(&format!("ada{n}"), PASSWORD)).await }
    });
    let answers = join_all(tries).await;
    let (made, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|it| it.status == 201);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].body["user"]["admin"], true);
    late.iter().for_each(|answer| answer.is_problem(409, "setup_done"));
    server.stop().await;
}
