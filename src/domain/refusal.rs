//! Why something was refused: a stable code, the field it belongs to, nothing else. Texts for people are in the locales,
//! under `error-<code>`; a test checks that each code has one in every language.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// The kind of answer that a code stands for; the HTTP layer turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Gone,
    TooLarge,
    TooSlow,
    TooMany,
    Unavailable,
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:ident;)*) => {
        /// Every refusal that can leave the server, over HTTP or the socket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            pub fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }
    };
}

codes! {
    // Requests
    BodyMalformed = "body_malformed", Invalid;
    BodyTooLarge = "body_too_large", TooLarge;
    BodyTooSlow = "body_too_slow", TooSlow;
    ContentTypeUnsupported = "content_type_unsupported", Invalid;
    CsrfRefused = "csrf_refused", Forbidden;
    IdempotencyKeyInvalid = "idempotency_key_invalid", Invalid;
    IdempotencyKeyReused = "idempotency_key_reused", Conflict;
    FieldUnknown = "field_unknown", Invalid;
    QueryInvalid = "query_invalid", Invalid;
    RouteUnknown = "route_unknown", NotFound;
    MethodNotAllowed = "method_not_allowed", Invalid;
    UpgradeRequired = "upgrade_required", Invalid;
    // Fields
    ValueMissing = "value_missing", Invalid;
    ValueInvalid = "value_invalid", Invalid;
    ValueTooLong = "value_too_long", Invalid;
    DirectionControls = "direction_controls", Invalid;
    EmailInvalid = "email_invalid", Invalid;
    PhoneInvalid = "phone_invalid", Invalid;
    MoneyInvalid = "money_invalid", Invalid;
    DateInvalid = "date_invalid", Invalid;
    DatesReversed = "dates_reversed", Invalid;
    ProgressInvalid = "progress_invalid", Invalid;
    PasswordTooShort = "password_too_short", Invalid;
    PasswordTooLong = "password_too_long", Invalid;
    PasswordNeedsUpper = "password_needs_upper", Invalid;
    PasswordNeedsLower = "password_needs_lower", Invalid;
    PasswordNeedsDigit = "password_needs_digit", Invalid;
    PasswordNeedsSpecial = "password_needs_special", Invalid;
    PasswordGuessable = "password_guessable", Invalid;
    // Sessions and accounts
    SessionRequired = "session_required", Unauthenticated;
    /// The socket's word for a session that ended while it was connected.
    SessionEnded = "session_ended", Unauthenticated;
    CredentialsWrong = "credentials_wrong", Unauthenticated;
    PasswordWrong = "password_wrong", Invalid;
    TooManyConnections = "too_many_connections", TooMany;
    TooManyAttempts = "too_many_attempts", TooMany;
    Forbidden = "forbidden", Forbidden;
    SessionUnknown = "session_unknown", NotFound;
    AccountUnknown = "account_unknown", NotFound;
    EmailTaken = "email_taken", Conflict;
    OwnAccount = "own_account", Conflict;
    SetupUnknown = "setup_unknown", NotFound;
    // Passwords that were forgotten
    /// The same for a wrong code, a dead one, and an address without an account.
    ResetCodeWrong = "reset_code_wrong", Invalid;
    AccountDeactivated = "account_deactivated", Conflict;
    AccessLinkUnknown = "access_link_unknown", NotFound;
    AccessLinkUsed = "access_link_used", Gone;
    AccessLinkExpired = "access_link_expired", Gone;
    AccessLinkRecent = "access_link_recent", TooMany;
    // Mails that somebody orders
    TooManyMails = "too_many_mails", TooMany;
    MailedEnough = "mailed_enough", TooMany;
    // Invitations
    InvitationUnknown = "invitation_unknown", NotFound;
    InvitationExpired = "invitation_expired", Gone;
    InvitationUsed = "invitation_used", Gone;
    InvitationCancelled = "invitation_cancelled", Gone;
    InvitationPending = "invitation_pending", Conflict;
    InvitationNeedsMail = "invitation_needs_mail", Conflict;
    InvitationRecent = "invitation_recent", TooMany;
    InvitationUnsent = "invitation_unsent", Conflict;
    InvitationNotPending = "invitation_not_pending", Conflict;
    EmailHasOtherRole = "email_has_other_role", Conflict;
    // Records of clients
    ClientUnknown = "client_unknown", NotFound;
    ClientExists = "client_exists", Conflict;
    KeptByClient = "kept_by_client", Conflict;
    ClientInactive = "client_inactive", Conflict;
    ClientWithoutAccount = "client_without_account", Conflict;
    // Tables of spreadsheets
    TableUnreadable = "table_unreadable", Invalid;
    TableTooLong = "table_too_long", Invalid;
    TableColumnsMissing = "table_columns_missing", Invalid;
    TableLineUneven = "table_line_uneven", Invalid;
    /// An earlier line of the table has the same address.
    TableEmailRepeated = "table_email_repeated", Invalid;
    // Transactions
    TransactionUnknown = "transaction_unknown", NotFound;
    ParticipantExists = "participant_exists", Conflict;
    ParticipantUnknown = "participant_unknown", NotFound;
    TooManyParticipants = "too_many_participants", Conflict;
    OpenerStays = "opener_stays", Conflict;
    LastBroker = "last_broker", Conflict;
    // Rooms
    FrameMalformed = "frame_malformed", Invalid;
    RoomUnknown = "room_unknown", NotFound;
    TooManyRooms = "too_many_rooms", TooMany;
    CursorAhead = "cursor_ahead", Conflict;
    NonceInvalid = "nonce_invalid", Invalid;
    NonceReused = "nonce_reused", Conflict;
    MessageEmpty = "message_empty", Invalid;
    /// Half a character, which JSON can write and no text can hold.
    MessageInvalid = "message_invalid", Invalid;
    MessageTooLong = "message_too_long", Invalid;
    TooManyPosts = "too_many_posts", TooMany;
    TooManyRequests = "too_many_requests", TooMany;
    LogFull = "log_full", Unavailable;
    // Outages
    Unavailable = "unavailable", Unavailable;
    OutcomeUnknown = "outcome_unknown", Unavailable;
    MailUnknown = "mail_unknown", NotFound;
    Internal = "internal", Internal;
}

impl Code {
    /// Worth repeating unchanged after a while.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::TooManyPosts | Self::TooManyRequests | Self::LogFull | Self::Unavailable | Self::OutcomeUnknown
        )
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub field: Option<Cow<'static, str>>,
    /// Milliseconds after which a repetition has a chance.
    pub retry_after_ms: Option<u32>,
    /// Where the first message with this nonce stands (`nonce_reused`).
    pub seq: Option<super::Seq>,
    /// The one that is under way (`invitation_pending`).
    pub invitation: Option<super::InvitationId>,
    /// Why the session ended that was meant (`session_required`).
    pub reason: Option<super::EndReason>,
}

impl Refusal {
    pub fn new(code: Code) -> Self {
        Self { code, field: None, retry_after_ms: None, seq: None, invitation: None, reason: None }
    }

    pub fn field(code: Code, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..Self::new(code) }
    }

    pub fn retry(code: Code, after_ms: u32) -> Self {
        Self { retry_after_ms: Some(after_ms), ..Self::new(code) }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// All reasons that a form has, so that a person sees every field to mend at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Keeps the value, or notes why there is none.
    pub fn check<T>(&mut self, result: Result<T, Refusal>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.0.push(refusal);
                None
            }
        }
    }

    pub fn add(&mut self, refusals: impl IntoIterator<Item = Refusal>) {
        self.0.extend(refusals);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn first(&self) -> Option<&Refusal> {
        self.0.first()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Refusal> {
        self.0.iter()
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}
