//! `/metrics`, for Prometheus.

use std::sync::OnceLock;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::address::ClientAddress;
use super::problem::ProblemCode;
use crate::app::App;
use crate::config::MetricsAccess;
use crate::identity::Anyone;

/// Where metrics are gathered: one place for the whole process.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

impl Metrics {
    /// The process's own. The first call sets it up.
    pub(crate) fn of_this_process() -> Option<Self> {
        static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        HANDLE.get_or_init(install).clone().map(Self)
    }

    /// Forgets what is older than histograms keep. To be called now and then.
    pub(crate) fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn install() -> Option<PrometheusHandle> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS).ok()?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    match metrics::set_global_recorder(recorder) {
        Ok(()) => Some(handle),
        Err(_) => {
            tracing::warn!("another recorder of metrics is set; /metrics stays empty");
            None
        }
    }
}

/// All metrics, to those who may read them.
pub(super) async fn render(_: Anyone, address: ClientAddress, State(app): State<App>) -> Response {
    let allowed = match app.config.metrics {
        MetricsAccess::Off => false,
        MetricsAccess::Loopback => address.local,
        MetricsAccess::Anyone => true,
    };
    match Metrics::of_this_process().filter(|_| allowed) {
        Some(Metrics(handle)) => {
            ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], handle.render())
                .into_response()
        }
        None => super::Problem::from(ProblemCode::NotFound).into_response(),
    }
}
