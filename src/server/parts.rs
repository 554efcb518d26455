//! The parts of a server, each from the settings that concern it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::StartError;
use super::nodes::{self, KeyRenewal, Nodes};
use crate::adapters::mail::{DemoMailer, MailTemplates, Mailer, Outbox, Sender, SmtpMailer};
use crate::adapters::texts::Texts;
use crate::app::{App, AppSettings, JobQueue, LatelyRefused, MailLimits, Passwords, PostRates};
use crate::config::{Config, DatabaseSettings, MailTransport, PublicUrl};
use crate::domain::{Clock, NodeId};
use crate::http::SiteSettings;
use crate::jobs::KINDS;
use crate::realtime::Realtime;
use crate::realtime::hub::HubOptions;
use crate::realtime::room::RoomTimes;
use crate::realtime::session::SessionOptions;
use crate::store::log::{Log, LogOptions};
use crate::store::{Store, StoreOptions, StoreResult};

pub(super) fn operations(
    config: &Config,
    clock: Clock,
    node: NodeId,
    public_url: &str,
    demo: bool,
) -> Result<(App, Option<KeyRenewal>), StartError> {
    let store = open_store(&config.database).map_err(|e| StartError(e.to_string()))?;
    let (bus, renewal) = nodes::bus(&config.bus, &store, node)?;
    let limits = &config.limits;
    let log_options = LogOptions {
        lanes: config.database.log_lanes,
        queue: limits.log_queue,
        queue_bytes: limits.log_queue_bytes,
        batch: limits.log_batch,
    };
    let nodes = Arc::new(Nodes { bus: bus.clone() });
    store.listen(nodes.clone());
    let log = Log::start(&store, &log_options, &clock, nodes).map_err(|e| StartError(e.to_string()))?;
    let mail = Outbox::new(mailer(config, &store, &clock)?, clock.clone());
    let jobs = JobQueue::new(KINDS.iter().map(|kind| (kind.name, kind.at_once)), clock.clone());
    let settings = AppSettings {
        public_url: public_url.to_owned(),
        brand: config.brand.clone(),
        sign_in_per_address: limits.sign_in_per_address,
        sign_in_per_account: limits.sign_in_per_account,
        secret_key: config.secret_key.clone(),
        sign_in_longest_wait_ms: whole_ms(limits.sign_in_longest_wait),
        mails: MailLimits {
            sender: limits.mails_per_sender,
            sender_day: limits.mails_per_sender_day,
            pair: limits.mails_per_pair,
            recipient: limits.mails_per_recipient,
            resend_after_ms: whole_ms(limits.resend_after),
        },
        copied_links: limits.copied_links,
        invitation_days: limits.invitation_days,
        page: limits.page,
        max_page: limits.max_page,
        demo,
    };
    let passwords = Passwords::new(limits.password_hash_threads).map_err(StartError::of("password hashing"))?;
    let (attempts, hash_key) = (Arc::default(), OnceCell::new());
    let posts = PostRates::new(limits.posts_per_second, limits.post_burst);
    let texts = Texts::calling(settings.brand.broker_label).in_zone(config.time_zone.clone());
    let mail_templates = MailTemplates::parse(&texts, &settings.brand).map_err(|e| StartError(e.to_string()))?;
    let app = App {
        store,
        log,
        bus,
        passwords,
        posts,
        reads: Arc::default(),
        renames: Arc::default(),
        clock,
        texts,
        mail_templates,
        mail,
        jobs,
        attempts,
        settings,
        hash_key,
        resets: LatelyRefused::default(),
        mails: LatelyRefused::default(),
    };
    Ok((app, renewal))
}

/// As [`Store::open`]. Blocks: call it before the server starts.
pub fn open_store(settings: &DatabaseSettings) -> StoreResult<Store> {
    let DatabaseSettings { pool_size, queue, deadline, .. } = *settings;
    Store::open(&settings.url, &StoreOptions { pool_size, queue, deadline })
}

fn mailer(config: &Config, store: &Store, clock: &Clock) -> Result<Arc<dyn Mailer>, StartError> {
    match &config.mail {
        MailTransport::DemoMailbox => Ok(Arc::new(DemoMailer::new(store.clone(), clock.clone()))),
        MailTransport::Smtp { url, from } => {
            let sender = Sender { address: from.clone(), name: config.brand.name.clone() };
            let mailer = SmtpMailer::new(url.clone(), sender).map_err(StartError::of("SMTP_URL"))?;
            Ok(Arc::new(mailer))
        }
    }
}

pub(super) fn start_actors(config: &Config, app: Arc<App>, node: NodeId) -> Realtime {
    let limits = &config.limits;
    let hub = HubOptions {
        node,
        sockets_per_account: limits.sockets_per_account,
        head_poll: limits.head_poll,
        revocation_poll: limits.revocation_poll,
        silence: limits.ping + limits.pong + Duration::from_secs(5),
        room_times: RoomTimes {
            typing_ms: whole_ms(limits.typing),
            presence_lease_ms: whole_ms(limits.presence_lease),
            presence_refresh_ms: whole_ms(limits.presence_refresh),
        },
    };
    let session = SessionOptions {
        max_frame_bytes: limits.max_frame_bytes,
        queue_bytes: limits.session_queue_bytes,
        ping: limits.ping,
        pong: limits.pong,
        rooms: limits.rooms_per_socket,
        pending_frames: limits.max_pending_frames,
    };
    Realtime::start(app, hub, session)
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn site(config: &Config, port: u16, public_url: &PublicUrl) -> SiteSettings {
    let is_https = public_url.is_https();
    let mut origins = vec![public_url.origin().to_owned()];
    if config.http.configured_public_url.is_none() {
        // A local installation is reached by any name of this machine.
        origins.extend(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}")));
    }
    let http = config.http.clone();
    SiteSettings {
        origins,
        is_https,
        max_body_bytes: config.limits.max_body_bytes,
        body_timeout: config.limits.body_timeout,
        cookie: SiteSettings::cookie_name(is_https, public_url.unusual_port()),
        trusts: Box::new(move |peer| http.trusts(peer)),
    }
}
