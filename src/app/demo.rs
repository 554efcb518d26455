//! The sample office of `entremise demo`: a broker, a client, a transaction with a short conversation, an invitation.

use super::throttle::{Attempted, Try};
use super::{App, AppResult, NewAccount, messages, transactions};
use crate::domain::{
    AccessFlags, Account, AccountId, Caller, Code, EmailAddress, InvitationForm, Language, Money, Need, Origin, Role,
    SessionId, TransactionChanges, TransactionForm, TransactionId, TransactionKind,
};
use crate::store::demo_mails::{self, DemoMail, DemoMailSummary};
use crate::store::{access, accounts, participants, sessions};

/// The addresses and passwords of the sample's accounts, which the start prints.
pub struct DemoAccounts {
    pub admin: (&'static str, &'static str),
    pub broker: (&'static str, &'static str),
    pub client: (&'static str, &'static str),
}

const ACCOUNTS: DemoAccounts = DemoAccounts {
    admin: ("admin@demo.example", "Phare-Granit-27-sable"),
    broker: ("broker@demo.example", "Corail-Tuile-84-vent"),
    client: ("client@demo.example", "Saule-Brique-53-lune"),
};

/// Makes the sample once; a second start finds it and changes nothing.
pub async fn seed(app: &App) -> AppResult<DemoAccounts> {
    let Ok(broker_email) = EmailAddress::parse(ACCOUNTS.broker.0) else {
        return Ok(ACCOUNTS);
    };
    let exists = app.store.read(move |conn| accounts::find_by_email(conn, &broker_email)).await?;
    if exists.is_none() {
        fill(app).await?;
    }
    Ok(ACCOUNTS)
}

async fn fill(app: &App) -> AppResult<()> {
    make_account(app, person(ACCOUNTS.admin, "Ada", "Verger", Role::Admin)).await?;
    let client = make_account(app, person(ACCOUNTS.client, "Paul", "Durand", Role::Client)).await?;
    let broker = make_account(app, person(ACCOUNTS.broker, "Claire", "Martin", Role::Broker)).await?;
    let as_broker = act_as(app, &broker).await?;
    let as_client = act_as(app, &client).await?;

    let purchase = transactions::create(app, &as_broker, purchase(), None).await?;
    let id = purchase.transaction.id;
    join(app, id, client.id, broker.id).await?;
    converse(app, &as_broker, &as_client, id).await?;
    let progress = TransactionChanges { progress: Some(40), ..Default::default() };
    transactions::change(app, &as_broker, id, progress).await?;
    super::invitations::create(app, &as_broker, invitation(), None).await?;

    for caller in [&as_broker, &as_client] {
        super::sessions::end(app, caller, caller.session).await?;
    }
    Ok(())
}

async fn make_account(app: &App, new: NewAccount) -> AppResult<Account> {
    let origin = Origin::default();
    let tried = Try { kind: Attempted::NEW_PASSWORD, subject: "demo", origin: &origin, signed_in: None };
    super::accounts::make(app, new, tried).await
}

async fn join(app: &App, id: TransactionId, client: AccountId, broker: AccountId) -> AppResult<()> {
    let now = app.clock.now();
    app.store
        .write(move |conn| {
            let by = access::find(conn, id, broker, Need::Broker)?;
            let new =
                participants::ParticipantInsert { account: client, role: Role::Client, access: AccessFlags::default() };
            participants::add(conn, &by, &new, now)
        })
        .await?;
    Ok(())
}

async fn converse(app: &App, broker: &Caller, client: &Caller, id: TransactionId) -> AppResult<()> {
    let room = messages::room_of(app, broker, id).await?;
    let lines = [
        (broker, "Bonjour Paul, bienvenue dans votre espace. Tout ce qui concerne l’achat se passe ici."),
        (client, "Bonjour Claire, merci ! La banque demande les trois derniers relevés de compte."),
        (broker, "Parfait. Je les transmets dès que vous me les envoyez ici ; l’offre part ensuite chez le notaire."),
        (client, "Très bien, je m’en occupe ce soir."),
    ];
    for (number, (caller, text)) in lines.into_iter().enumerate() {
        let posted = messages::post_and_wait(app, caller, room, format!("demo-{number}"), text.to_owned()).await?;
        messages::mark_read(app, caller, room, posted.seq).await?;
    }
    Ok(())
}

/// A session for the seeding itself.
async fn act_as(app: &App, account: &Account) -> AppResult<Caller> {
    let secret = super::sessions::new_secret()?;
    let (id, token, now) = (account.id, secret.hash(), app.clock.now());
    let session: SessionId =
        app.store.write(move |conn| sessions::insert(conn, id, &token, &Origin::default(), now)).await?;
    Ok(Caller { account: id, role: account.role, language: account.language, session, origin: Origin::default() })
}

fn person((email, password): (&str, &str), first: &str, last: &str, role: Role) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        role,
        password: password.to_owned(),
        language: Language::Fr,
    }
}

fn purchase() -> TransactionForm {
    TransactionForm {
        title: "Maison rue des Tilleuls".to_owned(),
        kind: TransactionKind::Purchase,
        progress: 10,
        address: Some("12 rue des Tilleuls".to_owned()),
        city: Some("Nantes".to_owned()),
        offered_price: Some(Money { amount_minor: 31_200_000, currency: "EUR".to_owned() }),
        ..Default::default()
    }
}

fn invitation() -> InvitationForm {
    InvitationForm {
        first_name: "Anne".to_owned(),
        last_name: "Petit".to_owned(),
        email: "anne.petit@demo.example".to_owned(),
        phone: Some("+33 6 12 34 56 78".to_owned()),
        project_type: Some(TransactionKind::Sale),
        message: Some("Bonjour Anne, comme convenu voici l’accès à votre espace pour suivre la vente.".to_owned()),
        language: Some(Language::Fr),
        ..Default::default()
    }
}

/// The mails that an installation with SMTP would have sent, newest first.
pub async fn mails(app: &App) -> AppResult<Vec<DemoMailSummary>> {
    Ok(app.store.read(demo_mails::list).await?)
}

pub async fn mail(app: &App, id: i64) -> AppResult<DemoMail> {
    let found = app.store.read(move |conn| demo_mails::find(conn, id)).await?;
    found.ok_or_else(|| Code::MailUnknown.into())
}
