use crate::app;
use crate::domain::DatabaseUrl;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::{BusSettings, Config, MailTransport};
use crate::server::{Application, stop_signal, system_clock};
use crate::telemetry;

#[derive(clap::Args)]
pub struct DemoArguments {
    /// Where the demo keeps its database. A second start goes on with it.
    #[arg(long, default_value = "./data", value_name = "DIR")]
    data: PathBuf,
    /// The port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// A configuration of its own, so that a half-finished one, or a variable left from elsewhere, cannot spoil the first look.
fn config(arguments: &DemoArguments) -> Result<Config, String> {
    let log = |name: &str| name.starts_with("ENTREMISE_LOG").then(|| std::env::var(name).ok()).flatten();
    let mut config = Config::load(None, log).map_err(|e| e.to_string())?;
    config.data_dir.clone_from(&arguments.data);
    config.database.url = DatabaseUrl::Sqlite(arguments.data.join("demo.sqlite3"));
    config.bus = BusSettings::InProcess;
    config.mail = MailTransport::DemoMailbox;
    config.http.bind = SocketAddr::from(([127, 0, 0, 1], arguments.port));
    config.http.configured_public_url = None;
    if std::env::var_os("ENTREMISE_LOG_FILTER").is_none() {
        // The lines that are printed below must stand out.
        "warn".clone_into(&mut config.telemetry.log_filter);
    }
    Ok(config)
}

pub fn run(arguments: &DemoArguments) -> Result<(), String> {
    let config = config(arguments)?;
    telemetry::init(&config.telemetry).map_err(|e| e.to_string())?;
    actix_web::rt::System::new().block_on(async {
        let application = Application::build(&config, system_clock(), true).map_err(|e| e.to_string())?;
        let stop = stop_signal();
        let accounts = app::demo::seed(&application.app).await.map_err(|e| format!("{e:?}"))?;
        let origin = config.http.public_url(application.port()).origin().to_owned();
        println!("Entremise demo is running at  {origin}\n");
        for (role, (email, password)) in
            [("broker", accounts.broker), ("client", accounts.client), ("admin ", accounts.admin)]
        {
            println!("  {role}   {email:<22}  {password}");
        }
        println!("\n  mails that would have left:   {origin}/demo/mailbox");
        println!("  data:                         {}\n", arguments.data.display());
        println!("Sign in as the broker in one browser and as the client in another (or a private window).");
        println!("Stop with Ctrl-C; the next start goes on with the same data.");
        application.run_until(stop).await.map_err(|e| e.to_string())
    })
}
