// The types of the API, made from its document: UPDATE=1 cargo test --lib openapi. Nothing of it runs.

export {};

/**
 * @typedef {object} AccessBody
 * @property {AccessChanges} access
 */

/**
 * The flags that change; the others stay as they are.
 *
 * @typedef {object} AccessChanges
 * @property {boolean | null} [calendar]
 * @property {boolean | null} [documents]
 * @property {boolean | null} [messaging]
 * @property {boolean | null} [properties]
 * @property {boolean | null} [tasks]
 */

/**
 * The areas of a transaction that a participant may use. All of them, unless the broker says otherwise.
 *
 * @typedef {object} AccessFlags
 * @property {boolean} [calendar]
 * @property {boolean} [documents]
 * @property {boolean} [messaging]
 * @property {boolean} [properties]
 * @property {boolean} [tasks]
 */

/**
 * The content of a link that sets a new password.
 *
 * @typedef {object} AccessLink
 * @property {EmailAddress} email
 * @property {Timestamp} expires_at
 * @property {string} first_name
 * @property {Language} language
 * @property {string} last_name
 */

/**
 * @typedef {object} AccessLinkAnswer
 * @property {AccessLink} access
 */

/**
 * A person who can sign in. The password hash is not here: it never leaves the store and the sign-in.
 *
 * @typedef {object} Account
 * @property {boolean} address_proved Its user was seen to read that mailbox, or somebody who is trusted made it.
 * @property {Timestamp} created_at
 * @property {EmailAddress} email
 * @property {string} first_name
 * @property {AccountId} id
 * @property {Language} language
 * @property {Timestamp | null} last_login_at
 * @property {string} last_name
 * @property {string | null} phone
 * @property {Role} role
 * @property {AccountState} state
 */

/**
 * @typedef {object} AccountAnswer
 * @property {Account} account
 */

/**
 * @typedef {object} AccountBody
 * @property {string} email
 * @property {string} first_name
 * @property {Language} language
 * @property {string} last_name
 * @property {string} password
 * @property {Role} role
 */

/** @typedef {number} AccountId */

/**
 * @typedef {object} AccountList
 * @property {Account[]} accounts
 * @property {AccountId | null} next The `before` of the next page.
 */

/** @typedef {"active" | "deactivated"} AccountState */

/**
 * @typedef {object} ActivatedAnswer
 * @property {Account} account
 * @property {TransactionId} transaction_id
 */

/**
 * @typedef {object} ActivationBody
 * @property {string | null} [first_name]
 * @property {Language | null} [language]
 * @property {string | null} [last_name]
 * @property {string} password
 * @property {string | null} [phone]
 */

/**
 * The password that the invited person is asked for.
 *
 * @typedef {"new" | "own" | "either" | "none"} AskedPassword
 */

/**
 * The broker's record of a client.
 *
 * @typedef {object} Client
 * @property {AccountId | null} account_id Null until they have an account that the broker knows of.
 * @property {Timestamp | null} activated_at
 * @property {string | null} address
 * @property {boolean | null} address_proved Null without an account.
 * @property {Timestamp | null} archived_at
 * @property {boolean} can_be_added The broker may add them to a transaction.
 * @property {boolean} can_send_access_link An access link would not be refused for who it is.
 * @property {string | null} city
 * @property {string | null} company
 * @property {Timestamp} created_at
 * @property {EmailAddress | null} email
 * @property {string} first_name
 * @property {ClientId} id
 * @property {Timestamp | null} inactive_at Since then the broker's transactions are closed for them.
 * @property {ClientInvitation | null} invitation The invitation under way.
 * @property {Timestamp | null} invited_at
 * @property {string[]} kept_by_client Fields that the person keeps, and the broker does not change.
 * @property {Language} language
 * @property {Timestamp | null} last_login_at
 * @property {string} last_name
 * @property {string} name
 * @property {string | null} notes
 * @property {string | null} phone
 * @property {ClientState} state
 * @property {SharedTransaction[]} transactions The transactions that the two share now.
 * @property {Timestamp} updated_at
 * @property {string | null} whatsapp
 */

/**
 * @typedef {object} ClientAnswer
 * @property {Client} client
 */

/**
 * The fields that change: a field that is not given stays, and null empties a field that may be empty.
 *
 * @typedef {object} ClientChanges
 * @property {string | null} [address]
 * @property {string | null} [city]
 * @property {string | null} [company]
 * @property {string | null} [email]
 * @property {string | null} [first_name]
 * @property {Language | null} [language]
 * @property {string | null} [last_name]
 * @property {string | null} [notes]
 * @property {string | null} [phone]
 * @property {string | null} [whatsapp]
 */

/**
 * How many there are in each state, without those that are archived.
 *
 * @typedef {object} ClientCounts
 * @property {number} active
 * @property {number} archived
 * @property {number} inactive
 * @property {number} invited
 * @property {number} not_invited
 */

/**
 * The form of a new record.
 *
 * @typedef {object} ClientForm
 * @property {string | null} [address]
 * @property {string | null} [city]
 * @property {string | null} [company]
 * @property {string | null} [email]
 * @property {string} first_name
 * @property {Language | null} [language] The language of the invitations; the broker's own by default.
 * @property {string} last_name
 * @property {string | null} [notes]
 * @property {string | null} [phone]
 * @property {string | null} [whatsapp]
 */

/** @typedef {number} ClientId */

/**
 * An invitation under way.
 *
 * @typedef {object} ClientInvitation
 * @property {Timestamp} expires_at
 * @property {InvitationId} id
 */

/**
 * @typedef {object} ClientList
 * @property {Client[]} clients By name, at most 200.
 * @property {ClientCounts} counts
 * @property {boolean} has_more There is a next page.
 * @property {ClientId | null} next The `before` of the next page.
 */

/**
 * How far somebody has come.
 *
 * @typedef {"not_invited" | "invited" | "active" | "inactive"} ClientState
 */

/**
 * @typedef {object} ClientTableBody
 * @property {string} table CSV with a header, separated by semicolons, commas or tabs.
 */

/**
 * @typedef {object} ClientTableError
 * @property {ErrorCode} code
 * @property {string} field
 * @property {string} message In the reader's language.
 */

/**
 * @typedef {object} ClientTableLine
 * @property {ClientForm} client
 * @property {ClientTableError[]} errors
 * @property {boolean} known
 * @property {number} number Where it begins in the file, from 1.
 */

/**
 * @typedef {object} ClientTablePreview
 * @property {number} known Lines whose address is one of a record, which stays as it is.
 * @property {ClientTableLine[]} lines
 * @property {number} new Lines that would become a record.
 * @property {number} wrong Lines that have to be mended first.
 */

/**
 * @typedef {object} ClientsMade
 * @property {number} made
 */

/**
 * @typedef {object} DemoMail
 * @property {string} html
 * @property {number} id
 * @property {Timestamp} sent_at
 * @property {string} subject
 * @property {string} text
 * @property {EmailAddress} to
 */

/**
 * @typedef {object} DemoMailAnswer
 * @property {DemoMail} mail
 */

/**
 * @typedef {object} DemoMailList
 * @property {DemoMailSummary[]} mails
 */

/**
 * @typedef {object} DemoMailSummary
 * @property {number} id
 * @property {Timestamp} sent_at
 * @property {string} subject
 * @property {EmailAddress} to
 */

/**
 * A syntactically valid address in its one form: lower case, composed, its domain as it stands in the DNS (`xn--exmple-cua.org` for `exämple.org`). Two spellings of one mailbox must not make two accounts.
 *
 * @typedef {string} EmailAddress
 */

/** @typedef {"signed_out" | "password_changed" | "deactivated" | "expired"} EndReason */

/**
 * The parts of a person that ended.
 *
 * @typedef {object} EndedParts
 * @property {number} count
 * @property {Timestamp} last_at
 * @property {boolean} left They left the last one; else they were removed.
 */

/**
 * An entry of a room's log, as PROTOCOL.md describes it: a message, or an event. It is written by hand where it is sent (`domain::EntryRef`), so this is the one schema that stands apart from its type; a test compares them.
 *
 * @typedef {object} Entry
 * @property {Timestamp} at
 * @property {AccountId | null} author
 * @property {string | null} body
 * @property {unknown} data The event, depending on `kind`.
 * @property {string} kind
 * @property {string | null} nonce
 * @property {RoomId} room
 * @property {Seq} seq
 */

/**
 * @typedef {object} ErrorAnswer
 * @property {ErrorBody} error
 */

/**
 * @typedef {object} ErrorBody
 * @property {ErrorCode} code
 * @property {string | null} field The first field that is wrong, if it is a field.
 * @property {FieldError[]} fields All that is wrong with the form.
 * @property {InvitationId} [invitation_id] The one that is under way (`invitation_pending`).
 * @property {string} message In the reader's language: their account's, else `Accept-Language`, else French.
 * @property {EndReason} [reason] Why the session ended that was meant (`session_required`).
 * @property {string} request_id Stands in the log beside the cause.
 * @property {Seq} [seq] Where the first message with this nonce stands (`nonce_reused`).
 */

/** @typedef {"body_malformed" | "body_too_large" | "body_too_slow" | "content_type_unsupported" | "csrf_refused" | "idempotency_key_invalid" | "idempotency_key_reused" | "field_unknown" | "query_invalid" | "route_unknown" | "method_not_allowed" | "upgrade_required" | "value_missing" | "value_invalid" | "value_too_long" | "direction_controls" | "email_invalid" | "phone_invalid" | "money_invalid" | "date_invalid" | "dates_reversed" | "progress_invalid" | "password_too_short" | "password_too_long" | "password_needs_upper" | "password_needs_lower" | "password_needs_digit" | "password_needs_special" | "password_guessable" | "session_required" | "session_ended" | "credentials_wrong" | "password_wrong" | "too_many_connections" | "too_many_attempts" | "forbidden" | "session_unknown" | "account_unknown" | "email_taken" | "own_account" | "setup_unknown" | "reset_code_wrong" | "account_deactivated" | "access_link_unknown" | "access_link_used" | "access_link_expired" | "access_link_recent" | "too_many_mails" | "mailed_enough" | "invitation_unknown" | "invitation_expired" | "invitation_used" | "invitation_cancelled" | "invitation_pending" | "invitation_needs_mail" | "invitation_recent" | "invitation_unsent" | "invitation_not_pending" | "email_has_other_role" | "client_unknown" | "client_exists" | "kept_by_client" | "client_inactive" | "client_without_account" | "table_unreadable" | "table_too_long" | "table_columns_missing" | "table_line_uneven" | "table_email_repeated" | "transaction_unknown" | "participant_exists" | "participant_unknown" | "too_many_participants" | "opener_stays" | "last_broker" | "frame_malformed" | "room_unknown" | "too_many_rooms" | "cursor_ahead" | "nonce_invalid" | "nonce_reused" | "message_empty" | "message_invalid" | "message_too_long" | "too_many_posts" | "too_many_requests" | "log_full" | "unavailable" | "outcome_unknown" | "mail_unknown" | "internal"} ErrorCode */

/**
 * The change of one field, which the entry `seq` names without its values.
 *
 * @typedef {object} FieldChange
 * @property {HiddenField} field
 * @property {unknown} from
 * @property {Seq} seq
 * @property {unknown} to
 */

/**
 * @typedef {object} FieldChangeList
 * @property {FieldChange[]} changes
 */

/**
 * @typedef {object} FieldError
 * @property {ErrorCode} code
 * @property {string} field
 * @property {string} message
 */

/**
 * @typedef {object} HealthAnswer
 * @property {HealthStatus} status
 */

/** @typedef {"live" | "ready" | "degraded"} HealthStatus */

/**
 * The fields of a transaction that an access flag hides.
 *
 * @typedef {"address" | "city" | "start_date" | "end_date" | "offered_price" | "accepted_price"} HiddenField
 */

/**
 * @typedef {object} Invitation
 * @property {Timestamp | null} accepted_at
 * @property {AccessFlags} access
 * @property {AccountId | null} account_id
 * @property {Timestamp | null} cancelled_at
 * @property {Timestamp} created_at
 * @property {EmailAddress} email
 * @property {Timestamp} expires_at
 * @property {string} first_name
 * @property {InvitationId} id
 * @property {Language} language
 * @property {string} last_name
 * @property {InvitationMail} mail
 * @property {string | null} message
 * @property {string | null} phone
 * @property {TransactionKind} project_type
 * @property {Timestamp | null} resend_at Before that it may not be sent again.
 * @property {Timestamp} sent_at
 * @property {InvitationState} state
 * @property {TransactionId | null} transaction_id
 */

/**
 * @typedef {object} InvitationAnswer
 * @property {Invitation} invitation
 */

/**
 * The form of an invitation. For a preview every field may be missing.
 *
 * @typedef {object} InvitationBody
 * @property {AccessFlags} [access]
 * @property {ClientId | null} [client_id] The record of the person. Without it the one with the address, which is made if there is none.
 * @property {string} [email]
 * @property {string} [first_name]
 * @property {Language | null} [language]
 * @property {string} [last_name]
 * @property {string | null} [message]
 * @property {string | null} [phone]
 * @property {TransactionKind | null} [project_type]
 * @property {TransactionId | null} [transaction_id]
 */

/**
 * The fields that change: a field that is not given stays, and null empties a field that may be empty.
 *
 * @typedef {object} InvitationChangeBody
 * @property {AccessChanges} [access]
 * @property {string | null} [email]
 * @property {string | null} [first_name]
 * @property {Language | null} [language]
 * @property {string | null} [last_name]
 * @property {string | null} [message]
 * @property {string | null} [phone]
 * @property {TransactionKind | null} [project_type]
 * @property {TransactionId | null} [transaction_id]
 */

/**
 * How many there are in each state.
 *
 * @typedef {object} InvitationCounts
 * @property {number} accepted
 * @property {number} cancelled
 * @property {number} expired
 * @property {number} pending
 */

/** @typedef {number} InvitationId */

/**
 * An invitation, as the sign-up page shows it.
 *
 * @typedef {object} InvitationLink
 * @property {boolean | null} account_exists On a mailed link; null on a copied one, whoever has an account.
 * @property {string} broker_name
 * @property {EmailAddress} email
 * @property {Timestamp} expires_at
 * @property {string} first_name
 * @property {Language} language
 * @property {string} last_name
 * @property {AskedPassword} password
 * @property {string | null} phone
 * @property {TransactionKind} project_type
 */

/**
 * @typedef {object} InvitationLinkAnswer
 * @property {InvitationLink} invitation
 */

/**
 * @typedef {object} InvitationLinkMade
 * @property {string} link
 */

/**
 * @typedef {object} InvitationList
 * @property {InvitationCounts} counts
 * @property {Invitation[]} invitations Newest first.
 * @property {InvitationId | null} next The `before` of the next page.
 */

/**
 * The last mail of an invitation.
 *
 * @typedef {object} InvitationMail
 * @property {number} attempts
 * @property {string | null} error A stable code.
 * @property {string | null} message In the reader's language, what went wrong.
 * @property {InvitationMailState} state
 */

/** @typedef {"none" | "queued" | "sent" | "parked" | "dropped"} InvitationMailState */

/** @typedef {"pending" | "accepted" | "expired" | "cancelled"} InvitationState */

/**
 * An IP address in its canonical form: IPv4 inside IPv6 (`::ffff:192.0.2.7`, which a socket on `[::]` sees) is IPv4. So one caller has one address, whichever socket it reaches and whichever proxy names it.
 *
 * @typedef {string} IpAddress
 */

/**
 * The languages in which everything that a person reads exists.
 *
 * @typedef {"fr" | "en"} Language
 */

/**
 * @typedef {object} LastMessage
 * @property {Timestamp} at
 * @property {AccountId} author
 * @property {string} author_name
 * @property {string} body
 * @property {Seq} seq
 */

/**
 * A mail as its reader will see it.
 *
 * @typedef {object} MailContent
 * @property {string} html
 * @property {string} subject
 * @property {string} text
 */

/**
 * @typedef {object} Member
 * @property {AccountId} account
 * @property {boolean} active
 * @property {boolean} address_proved
 * @property {Timestamp | null} last_seen
 * @property {string} name
 * @property {Seq | null} read
 * @property {Role} role
 */

/**
 * @typedef {object} MessagePage
 * @property {Entry[]} entries In rising `seq`.
 * @property {boolean} has_newer
 * @property {boolean} has_older
 * @property {Seq} head
 * @property {Seq} joined_seq The head when the person came.
 * @property {Member[]} members
 * @property {Seq | null} read Null while nothing was ever marked read.
 * @property {RoomId} room
 * @property {number} unread
 */

/**
 * An exact amount in the smallest unit of its currency (cents for EUR).
 *
 * @typedef {object} Money
 * @property {number} amount_minor
 * @property {string} currency
 */

/**
 * @typedef {object} NewPasswordBody
 * @property {string} new_password
 */

/**
 * Success without a body.
 *
 * @typedef {object} Nothing
 */

/**
 * A person's part in a transaction.
 *
 * @typedef {object} Participant
 * @property {AccessFlags} access
 * @property {AccountId} account_id
 * @property {boolean} address_proved That the person reads the mailbox of the account's address; see [`super::Account`].
 * @property {string} name
 * @property {boolean} pending A broker who was asked and has not answered: no part yet.
 * @property {Role} role
 */

/**
 * @typedef {object} ParticipantAnswer
 * @property {Participant} participant
 */

/**
 * @typedef {object} ParticipantBody
 * @property {AccessFlags} [access]
 * @property {AccountId | null} [account_id]
 * @property {string | null} [email]
 */

/**
 * @typedef {object} ParticipantList
 * @property {Participant[]} asked Brokers who have not answered; empty for clients.
 * @property {Participant[]} participants
 */

/**
 * A broker is asked to take part in a transaction.
 *
 * @typedef {object} ParticipationRequest
 * @property {AccessFlags} access
 * @property {Timestamp} asked_at
 * @property {string} asked_by
 * @property {TransactionKind} kind
 * @property {string} title
 * @property {TransactionId} transaction_id
 */

/**
 * @typedef {object} ParticipationRequestList
 * @property {ParticipationRequest[]} requests
 */

/**
 * @typedef {object} PasswordBody
 * @property {string} current_password
 * @property {string} new_password
 */

/**
 * @typedef {object} PasswordResetAnswer
 * @property {number} expires_in_seconds
 * @property {number} send_again_in_seconds
 */

/**
 * @typedef {object} PasswordResetBody
 * @property {string} email
 */

/**
 * @typedef {object} PasswordResetConfirmBody
 * @property {string} code
 * @property {string} email
 * @property {string} new_password
 */

/**
 * @typedef {object} PostBody
 * @property {string} body
 * @property {string} nonce
 */

/**
 * The answer to a post: where it stands now, for ever.
 *
 * @typedef {object} Posted
 * @property {Timestamp} at
 * @property {RoomId} room
 * @property {Seq} seq
 */

/**
 * @typedef {object} ProfileBody
 * @property {string | null} [first_name]
 * @property {Language | null} [language]
 * @property {string | null} [last_name]
 * @property {string | null} [phone]
 */

/**
 * @typedef {object} ReadAnswer
 * @property {Seq | null} read Null while nothing was ever marked read.
 * @property {RoomId} room
 * @property {number} unread
 */

/**
 * @typedef {object} ReadBody
 * @property {number} seq
 */

/** @typedef {"admin" | "broker" | "client"} Role */

/** @typedef {number} RoomId */

/**
 * The room of a transaction, as a list shows it.
 *
 * @typedef {object} RoomSummary
 * @property {Seq} head
 * @property {RoomId} id
 * @property {Seq} joined_seq The head when the person came.
 * @property {LastMessage | null} last_message
 * @property {Seq | null} read Null while nothing was ever marked read.
 * @property {number} unread
 */

/**
 * The place of an entry in its room's log: 1, 2, 3 … without a hole. 0 means "before the first".
 *
 * @typedef {number} Seq
 */

/**
 * A signed-in device.
 *
 * @typedef {object} Session
 * @property {Timestamp} created_at
 * @property {boolean} current The one that asks.
 * @property {Timestamp} expires_at
 * @property {SessionId} id
 * @property {IpAddress | null} ip
 * @property {Timestamp} last_seen_at
 * @property {string | null} user_agent
 */

/** @typedef {number} SessionId */

/**
 * @typedef {object} SessionList
 * @property {Session[]} sessions
 */

/**
 * @typedef {object} SetupBody
 * @property {string} email
 * @property {string} first_name
 * @property {Language} language
 * @property {string} last_name
 * @property {string} password
 */

/**
 * @typedef {object} SharedTransaction
 * @property {TransactionId} id
 * @property {string} title
 */

/**
 * @typedef {object} SignInBody
 * @property {string} email
 * @property {string} password
 * @property {Transport} [transport]
 */

/**
 * @typedef {object} SignedInAnswer
 * @property {Account} account
 * @property {SessionId} session
 * @property {string} [token] With `bearer`; then no cookie is set.
 */

/**
 * A status follows the progress; only this much of it is chosen.
 *
 * @typedef {"cancelled" | "open"} StatusChange
 */

/**
 * Unix milliseconds in UTC. In JSON: RFC 3339 with milliseconds, `2026-11-20T18:04:11.250Z`.
 *
 * @typedef {string} Timestamp
 */

/**
 * @typedef {object} TokenAnswer
 * @property {string} token The token of this session, from now on.
 */

/**
 * A transaction as the reader sees it.
 *
 * @typedef {object} Transaction
 * @property {Money | null} accepted_price
 * @property {AccessFlags} access The reader's own.
 * @property {string | null} address
 * @property {Participant[]} asked Brokers who have not answered; empty for clients.
 * @property {string | null} city
 * @property {Timestamp} created_at
 * @property {string | null} end_date `YYYY-MM-DD`, not before `start_date`.
 * @property {TransactionId} id
 * @property {TransactionKind} kind
 * @property {Money | null} offered_price
 * @property {AccountId} opened_by
 * @property {Participant[]} participants
 * @property {number} progress Percent, 0 to 100.
 * @property {RoomSummary | null} room Null without the messaging access.
 * @property {string | null} start_date `YYYY-MM-DD`: a day has no time zone.
 * @property {TransactionStatus} status Progress 0 is `new`, 1 to 99 `in_progress`, 100 `completed`.
 * @property {string} title
 * @property {Timestamp} updated_at
 */

/**
 * @typedef {object} TransactionAnswer
 * @property {Transaction} transaction
 */

/**
 * The form of a transaction: the body of a request that opens one.
 *
 * @typedef {object} TransactionBody
 * @property {Money | null} [accepted_price]
 * @property {string | null} [address]
 * @property {string | null} [city]
 * @property {string | null} [end_date] `YYYY-MM-DD`, not before `start_date`.
 * @property {TransactionKind} kind
 * @property {Money | null} [offered_price]
 * @property {number} [progress] Percent, 0 to 100.
 * @property {string | null} [start_date] `YYYY-MM-DD`: a day has no time zone.
 * @property {string} title
 */

/**
 * The fields that change: the body of a request that changes a transaction. A field that is not given stays, null empties it.
 *
 * @typedef {object} TransactionChangeBody
 * @property {Money | null} [accepted_price]
 * @property {string | null} [address]
 * @property {string | null} [city]
 * @property {string | null} [end_date]
 * @property {TransactionKind | null} [kind]
 * @property {Money | null} [offered_price]
 * @property {number | null} [progress]
 * @property {string | null} [start_date]
 * @property {StatusChange | null} [status]
 * @property {string | null} [title]
 */

/** @typedef {number} TransactionId */

/**
 * The kind of affair; also that of an invitation (`project_type`).
 *
 * @typedef {"purchase" | "sale" | "rental" | "project"} TransactionKind
 */

/**
 * @typedef {object} TransactionList
 * @property {EndedParts | null} ended The caller's parts that ended.
 * @property {string | null} next The `before` of the next page.
 * @property {Transaction[]} transactions Latest activity first.
 */

/** @typedef {"new" | "in_progress" | "completed" | "cancelled"} TransactionStatus */

/**
 * How the client will prove the session: browsers by a cookie that scripts cannot read, programs by a header.
 *
 * @typedef {"cookie" | "bearer"} Transport
 */
