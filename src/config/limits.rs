//! Bounds of queues, rates and times. The defaults suit nearly every installation.

use crate::domain::Limit;
use std::time::Duration;

use super::reader::{Area, SettingReader};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Debug, Clone)]
pub struct Limits {
    pub max_frame_bytes: usize,
    pub max_body_bytes: usize,
    pub client_request_timeout: Duration,
    pub body_timeout: Duration,
    /// Posts per second of one account, after a burst of `post_burst`.
    pub posts_per_second: i64,
    pub post_burst: i64,
    pub connections_per_network: usize,
    pub sockets_per_account: usize,
    pub rooms_per_socket: usize,
    pub max_pending_frames: usize,
    pub session_queue_bytes: usize,
    pub ping: Duration,
    pub pong: Duration,
    pub log_queue: usize,
    pub log_queue_bytes: usize,
    pub log_batch: usize,
    pub head_poll: Duration,
    pub revocation_poll: Duration,
    pub presence_lease: Duration,
    pub presence_refresh: Duration,
    pub typing: Duration,
    pub sign_in_per_address: Limit,
    pub sign_in_per_account: Limit,
    pub sign_in_longest_wait: Duration,
    /// Mails that one person may order.
    pub mails_per_sender: Limit,
    pub mails_per_sender_day: Limit,
    pub mails_per_pair: Limit,
    pub mails_per_recipient: Limit,
    pub resend_after: Duration,
    pub copied_links: Limit,
    pub password_hash_threads: usize,
    pub invitation_days: i64,
    /// Entries of a list when the caller does not say how many.
    pub page: i64,
    pub max_page: i64,
    pub shutdown: Duration,
}

fn per(window_ms: i64, count: i64) -> Limit {
    Limit { count, window_ms }
}

impl Limits {
    #[rustfmt::skip] // One line each: it is a table.
    pub(super) fn read(r: &mut SettingReader<'_>) -> Self {
        r.area(Area { title: "Limits", table: "limits", prefix: "ENTREMISE_" });
        Self {
            max_frame_bytes: r.whole("max_frame_bytes", 131_072, 1024..=16_777_216, "The largest frame a socket takes; a larger one closes it (1009)."),
            max_body_bytes: r.whole("max_body_bytes", 131_072, 1024..=16_777_216, "The largest JSON body a request may have (413)."),
            client_request_timeout: r.seconds("client_request_timeout_seconds", 5, 1..=300, "How long a client may take to send the head of its request."),
            body_timeout: r.seconds("body_timeout_seconds", 10, 1..=300, "How long a client may take to send the body of its request (408)."),
            posts_per_second: r.whole("posts_per_second", 10, 1..=10_000, "Messages one account may post per second on one node, by REST and all its connections together, after its burst."),
            post_burst: r.whole("post_burst", 30, 1..=100_000, "Messages it may post at once."),
            connections_per_network: r.whole("connections_per_network", 512, 8..=1_000_000, "Connections that have shown no session yet, from one network (an IPv4 address or an IPv6 /64; four times as many from a /48); one more is cut, or behind a trusted proxy refused (429)."),
            sockets_per_account: r.whole("sockets_per_account", 20, 1..=10_000, "Connections one person may have on one node (4103)."),
            rooms_per_socket: r.whole("rooms_per_socket", 1000, 1..=100_000, "Rooms one connection may join."),
            max_pending_frames: r.whole("max_pending_frames", 256, 1..=100_000, "Frames of one connection that may wait for their answers."),
            session_queue_bytes: r.whole("session_queue_bytes", 262_144, 16_384..=1_073_741_824, "What may wait for a connection that reads slowly, before it is closed (4001)."),
            ping: r.seconds("ping_seconds", 25, 1..=3600, "How often the server pings a connection."),
            pong: r.seconds("pong_seconds", 10, 1..=3600, "How soon a connection must answer (4002)."),
            log_queue: r.whole("log_queue", 4096, 1..=1_000_000, "Posts that may wait for the log; one more is refused (log_full)."),
            log_queue_bytes: r.whole("log_queue_bytes", 16_777_216, 65_536..=1_073_741_824, "What the texts of those that wait may take together, in bytes; one more is refused (log_full)."),
            log_batch: r.whole("log_batch", 512, 1..=3000, "Posts that one transaction may commit."),
            head_poll: r.millis("head_poll_ms", 5000, 100..=60_000, "How often rooms, and what people were told of changes, are compared with the database, in case the bus lost something."),
            revocation_poll: r.millis("revocation_poll_ms", 1000, 100..=60_000, "How often every node looks for sessions that ended elsewhere."),
            presence_lease: r.seconds("presence_lease_seconds", 60, 2..=3600, "How long a person counts as present without a sign of life."),
            presence_refresh: r.seconds("presence_refresh_seconds", 50, 1..=3600, "How often the nodes renew that."),
            typing: r.seconds("typing_seconds", 5, 1..=60, "How long somebody counts as typing without a sign of it."),
            sign_in_per_address: Limit {
                count: r.whole("sign_ins_per_address", 5, 1..=100_000, "Passwords, new ones and links that may be wrong from one network (an IPv4 address, a /64 of IPv6) in its window (429). What is right does not count; a /48 may be wrong four times as often."),
                window_ms: 1000 * r.whole::<i64>("sign_in_address_window_seconds", 20, 1..=86_400, "The window of one network."),
            },
            sign_in_per_account: Limit {
                count: r.whole("sign_ins_per_account", 20, 1..=100_000, "Passwords that may be wrong on one account from one network in its window (429). After as many from anywhere, further ones wait before they are looked at."),
                window_ms: 1000 * r.whole::<i64>("sign_in_account_window_seconds", 300, 1..=86_400, "The window of one account."),
            },
            sign_in_longest_wait: r.millis("sign_in_longest_wait_ms", 5000, 0..=60_000, "How long a sign-in waits at most because others failed on the same account. Devices that signed in before do not wait."),
            mails_per_sender: per(HOUR_MS, r.whole("mails_per_sender_hour", 60, 1..=100_000, "Mails that one person may order in an hour, at once or one by one: invitations, invitations sent again, links for a new password (429). An installation where brokers invite a whole book of clients at a time raises it.")),
            mails_per_sender_day: per(DAY_MS, r.whole("mails_per_sender_day", 300, 1..=1_000_000, "The same in a day. Mailbox providers take some hundred mails a day of a sender whom they do not know.")),
            mails_per_pair: per(DAY_MS, r.whole("mails_per_sender_and_recipient_day", 5, 1..=10_000, "Mails that one person may order to one address in a day (429).")),
            mails_per_recipient: per(DAY_MS, r.whole("mails_per_recipient_day", 10, 1..=10_000, "Mails that may be ordered to one address in a day, whoever orders them (429). Beyond it each person may still order one, so that nobody keeps others from writing.")),
            resend_after: r.seconds("invitation_resend_seconds", 300, 0..=86_400, "How long after its mail an invitation may be sent again (429)."),
            copied_links: per(DAY_MS, r.whole("copied_links_per_broker_day", 20, 1..=100_000, "New accounts that may be asked for in a day with links which one broker copied and handed over. Beyond it the mailed link is asked for (409 invitation_needs_mail), whether the address has an account or not.")),
            password_hash_threads: r.whole("password_hash_threads", 2, 1..=64, "Passwords that are estimated, hashed or compared at the same time; each takes some 20 MiB."),
            invitation_days: r.whole("invitation_days", 7, 1..=365, "How long an invitation can be accepted, in days."),
            page: r.whole("page", 50, 1..=1000, "Entries of a list when the caller does not say how many."),
            max_page: r.whole("max_page", 200, 1..=1000, "Entries of a list at most."),
            shutdown: r.seconds("shutdown_seconds", 10, 1..=300, "A node that is told to stop is gone within this time; three quarters of it are for finishing what it has begun."),
        }
    }

    /// Bounds that make sense only together.
    pub(super) fn check(&self, r: &mut SettingReader<'_>) {
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let less = [
            (("limits.pong_seconds", self.pong.as_secs()), ("limits.ping_seconds", self.ping.as_secs())),
            (
                ("limits.presence_refresh_seconds", self.presence_refresh.as_secs()),
                ("limits.presence_lease_seconds", self.presence_lease.as_secs()),
            ),
        ];
        for (small, large) in less {
            if small.1 >= large.1 {
                r.conflict(small, "less than", large);
            }
        }
        let no_more = [
            (("limits.page", self.page.unsigned_abs()), ("limits.max_page", self.max_page.unsigned_abs())),
            (("limits.log_batch", number(self.log_batch)), ("limits.log_queue", number(self.log_queue))),
            (
                ("limits.posts_per_second", self.posts_per_second.unsigned_abs()),
                ("limits.post_burst", self.post_burst.unsigned_abs()),
            ),
            (
                ("limits.max_frame_bytes", number(self.max_frame_bytes)),
                // An allowed message comes with escapes that make it so long; it goes out without them.
                ("limits.session_queue_bytes", number(self.session_queue_bytes.max(131_072))),
            ),
        ];
        for (small, large) in no_more {
            if small.1 > large.1 {
                r.conflict(small, "no more than", large);
            }
        }
    }
}
