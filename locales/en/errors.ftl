# One text for each code in `domain::Code`: what happened, and what the reader can do now.

# Requests
error-body-malformed = We could not read what your browser sent. Please reload the page and try again.
error-body-too-large = That is too much at once. Please shorten it and try again.
error-body-too-slow = Your request took too long to arrive. Please check your connection and try again.
error-content-type-unsupported = This format is not accepted here. Please send JSON.
error-csrf-refused = For your safety this request was refused, because it did not come from this site. Please reload the page and try again.
error-field-unknown = This field is not known here. Please reload the page and try again.
error-idempotency-key-invalid = The key of this request cannot be used. Please reload the page and try again.
error-idempotency-key-reused = What you sent first has been saved already. Please look at it before you send something else.
error-query-invalid = This address is incomplete or incorrect. Please check the link, or go back to the previous page.
error-route-unknown = There is nothing at this address. Please check the link, or go back to the home page.
error-upgrade-required = This program speaks an old version of WebSocket. Please update it.
error-method-not-allowed = This cannot be done at this address. Please go back to the previous page.

# Fields
error-value-missing = Please fill in this field.
error-value-invalid = This value cannot be used. Please check it.
error-value-too-long = This is too long. Please shorten it.
error-direction-controls = This contains invisible characters that change the direction of the text. Please type it instead of pasting it.
error-email-invalid = This does not look like an e-mail address. It should read like name@example.com.
error-phone-invalid = This does not look like a phone number. Please use digits and spaces, for example +33 6 12 34 56 78.
error-money-invalid = This amount cannot be used. Please write it in figures, for example 250,000.
error-date-invalid = This date cannot be used. Please choose one from 1900 to 2199.
error-dates-reversed = The end is before the start. Please check both dates.
error-progress-invalid = Progress is a whole number from 0 to 100.
error-password-too-short = Use at least 8 characters.
error-password-too-long = Use at most 128 characters.
error-password-needs-upper = Add a capital letter.
error-password-needs-lower = Add a lower-case letter.
error-password-needs-digit = Add a digit.
error-password-needs-special = Add a special character, such as ! ? - or a space.
error-password-guessable = This password is easy to guess. Three or four words that do not belong together make a strong one; leave out your name and your e-mail address.

# Sessions and accounts
error-session-required = Please sign in to continue.
error-session-ended = Your session has ended. Please sign in again.
error-credentials-wrong = The e-mail address and the password do not match. Please check both and try again.
error-password-wrong = This is not your current password. Please try again.
error-too-many-connections = Too many connections come from your network at the moment. Please try again shortly.
error-too-many-attempts = Too many attempts in a short time. Please try again { $wait }.
error-forbidden = Your account does not give access to this. If you think it should, please ask your broker.
error-session-unknown = This session no longer exists: it has already ended.
error-account-unknown = We could not find this account.
error-email-taken = An account with this e-mail address already exists. Please sign in, or use another address.
error-own-account = You cannot do this to your own account. Please ask another administrator.
error-setup-unknown = This set-up link no longer works. Restart the server to get a new one, or sign in if an administrator already exists.

# Forgotten passwords
error-reset-code-wrong = This code does not work: it may be mistyped, already used or older than 15 minutes. Please check it, or ask for a new one.
error-account-deactivated = This account is closed. Please reactivate it first.
error-access-link-unknown = We do not recognise this link. Please check that you copied all of it, or ask for a new one.
error-access-link-used = This link has already been used. Please sign in with the password that was chosen, or ask for a new link.
error-access-link-expired = This link is no longer valid: it has expired, or a newer one has replaced it. Please use the latest e-mail, or ask for a new link.
error-access-link-recent = A link was sent to this person a moment ago. The next one can be sent { $wait }.

# Mails that somebody orders
error-too-many-mails = You have reached the number of e-mails that one person can send in a short time. The next one can be sent { $wait }.
error-mailed-enough = Enough e-mails have been sent to this address for now. The next one can be sent { $wait }.

# Invitations
error-invitation-unknown = We do not recognise this invitation. Please check that you copied the whole link, or ask your broker to send it again.
error-invitation-expired = This invitation has expired. Please ask your broker for a new one; it takes only a moment.
error-invitation-used = This invitation has already been used. Your account is ready: please sign in.
error-invitation-cancelled = This invitation was withdrawn. If you were expecting it, please contact your broker.
error-invitation-pending = An invitation for this person is already under way. You can send it again or change it in the list.
error-invitation-needs-mail = For your safety, this link is not enough for this address. Please open the link in the invitation e-mail that was sent to it, or ask your broker to send it again.
error-invitation-recent = This invitation was sent a moment ago. It can be sent again { $wait }.
error-invitation-unsent = Nothing has been sent to this address yet. Please send the invitation first; then you can get a link.
error-invitation-not-pending = This invitation has already been accepted or cancelled, so it can no longer be changed.
error-email-has-other-role = This is an administrator’s address, and administrators do not take part in transactions. Please ask to be invited at another address.

# Records of clients
error-client-unknown = This client no longer exists in your list.
error-client-exists = You already have a client with this e-mail address. Please look for them in your list, also among the archived ones.
error-kept-by-client = This person has an account now and keeps this up to date themselves.
error-client-inactive = You have made this client inactive. Please make them active again first.
error-client-without-account = This person has no account yet, so there is nothing to close. Please cancel the invitation instead.

# Tables of spreadsheets
error-table-unreadable = This file cannot be read as a table. Please save it as CSV in your spreadsheet and try again.
error-table-too-long = This table is too long. Please split it, or choose fewer clients.
error-table-columns-missing = The first line must name the columns, with at least First name and Last name.
error-table-line-uneven = This line has more cells than the first one. Please check its separators and quotation marks.
error-table-email-repeated = A line above in this file has the same e-mail address.

# Transactions
error-transaction-unknown = We could not find this transaction among yours.
error-participant-exists = This person already takes part in the transaction.
error-participant-unknown = This person does not take part in the transaction.
error-too-many-participants = As many people take part in this transaction as can.
error-opener-stays = This person opened the transaction. Only they themselves can leave it or change their access.
error-last-broker = A transaction needs at least one broker. Please add another one first.

# Rooms
error-frame-malformed = We could not read this message. Please reload the page and try again.
error-room-unknown = We could not find this conversation among yours.
error-too-many-rooms = Too many conversations are open at once. Please close one and try again.
error-cursor-ahead = This page and the server do not agree. Please reload the page; nothing is lost.
error-nonce-invalid = This message could not be identified. Please reload the page and send it again.
error-nonce-reused = Another message has already been sent under this identifier. Please send it again.
error-message-empty = Please write something before sending.
error-message-too-long = This message is too long. Please split it into several.
error-message-invalid = One character of this message is broken. Please type that part again.
error-too-many-posts = You are sending messages very fast. Please wait a moment, then continue.
error-too-many-requests = Too many requests in a short time. Please wait a moment, then try again.
error-log-full = Very many messages are arriving right now. Yours was not sent; please try again in a few seconds.

# Weather
error-unavailable = The service is temporarily unavailable. Nothing was saved; please try again shortly.
error-outcome-unknown = The answer took too long, so we cannot tell whether this was saved. Please check before you try again.
error-mail-unknown = We could not find this e-mail.
error-internal = Something went wrong on our side. Please try again; if it happens again, tell your contact what you were doing.
