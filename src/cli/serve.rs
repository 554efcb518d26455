use crate::app;
use crate::config::{Config, unknown_variables};
use crate::server::{Application, stop_signal, system_clock};
use crate::telemetry;

pub fn run(config: &Config) -> Result<(), String> {
    telemetry::init(&config.telemetry).map_err(|e| e.to_string())?;
    for warning in config.warnings().into_iter().chain(unknown_variables(std::env::vars().map(|(name, _)| name))) {
        tracing::warn!("{warning}");
    }
    actix_web::rt::System::new().block_on(async {
        let application = Application::build(config, system_clock(), false).map_err(|e| e.to_string())?;
        let stop = stop_signal();
        let port = application.port();
        tracing::info!(
            http.bind = %config.http.bind,
            http.port = port,
            metrics.port = application.metrics_port(),
            public_url = config.http.public_url(port).origin(),
            "serving"
        );
        match app::setup::link(&application.app).await {
            Ok(Some(link)) => {
                println!("There is no administrator yet. Make one within an hour, once, at:\n\n  {link}\n");
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = ?error.first().code, "cannot tell whether there is an administrator"),
        }
        application.run_until(stop).await.map_err(|e| e.to_string())
    })
}
