# Why a mail has not left yet: for the broker's list and for `send-test-mail`.
mail-error-smtp-authentication = The mail server did not accept the user name and password. Many providers (Gmail, Outlook, Yahoo and others) want an application password here, created in the security settings of the mailbox, not the usual one.
mail-error-smtp-connection = The mail server could not be reached. Please check its name, its port and the network.
mail-error-smtp-tls = No secure connection to the mail server could be made. Please check the port, smtps or smtp+starttls, and the server’s certificate.
mail-error-smtp-timeout = The mail server did not answer in time. The e-mail will be tried again.
mail-error-smtp-refused-recipient = The mail server refused the recipient’s address. Please check how it is spelled.
mail-error-smtp-refused = The mail server refused the e-mail. Your mail provider can say why.
mail-error-smtp-temporary = The mail server is busy. The e-mail will be tried again.
mail-error-mailbox-unavailable = The demo mailbox could not be written. The e-mail will be tried again.
mail-error-interrupted = Every attempt was interrupted before it ended. Please send the e-mail again.
mail-error-unknown = The e-mail could not be sent. Please send it again, or ask your administrator.
