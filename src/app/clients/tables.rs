//! Records as a table: given to a spreadsheet, and taken from one. Of what is taken either every line becomes a record or none does.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{ClientQuery, list, record};
use crate::app::{App, AppError, AppResult};
use crate::domain::text::search_key;
use crate::domain::{
    Caller, Client, ClientDetails, ClientForm, Code, EmailAddress, IdempotencyKey, Language, Refusal, Refusals, Table,
    TableLine, Timestamp,
};
use crate::store::{clients, idempotency};

/// The lines of one import: as many as one transaction may write while others wait.
const MOST_TAKEN: usize = 500;
/// The lines of one export.
const MOST_GIVEN: usize = 10_000;
/// The columns beside the fields of the form.
const STANDS: [&str; 5] = ["state", "invited_at", "activated_at", "last_login_at", "created_at"];

/// A line of a table that was read.
pub struct ClientLine {
    pub number: usize,
    pub form: ClientForm,
    /// The details of the record, or all that is wrong with the line.
    pub checked: Result<ClientDetails, Refusals>,
    /// The broker has a record with this address, which stays as it is.
    pub is_known: bool,
}

/// Reads the table as an import would, and writes nothing. Refuses `table_unreadable`, `table_too_long`, and `table_columns_missing`.
pub async fn preview(app: &App, caller: &Caller, table: &str) -> AppResult<Vec<ClientLine>> {
    let mut lines = read(app, caller.language, table)?;
    let (broker, emails) = (caller.account, emails_of(&lines));
    let known = app.store.read(move |conn| clients::known_emails(conn, broker, &emails)).await?;
    for line in &mut lines {
        line.is_known = email_of(line).is_some_and(|email| known.contains(email));
    }
    Ok(lines)
}

/// Makes a record of each line, but of those whose address is known; says how many. With a key once. Refuses as [`preview`] does, and all
/// that is wrong with a line.
pub async fn import(app: &App, caller: &Caller, table: &str, key: Option<IdempotencyKey>) -> AppResult<i64> {
    let once = key.map(|key| key.of("clients", &table));
    let lines = read(app, caller.language, table)?;
    let mut wrong = Refusals::default();
    for line in &lines {
        let field = |refusal: &Refusal| format!("lines.{}.{}", line.number, refusal.field.as_deref().unwrap_or("line"));
        let refusals = line.checked.as_ref().err().into_iter().flat_map(Refusals::iter);
        wrong.add(refusals.map(|refusal| Refusal { field: Some(field(refusal).into()), ..refusal.clone() }));
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let emails = emails_of(&lines);
    let mut all: Vec<ClientDetails> = lines.into_iter().filter_map(|line| line.checked.ok()).collect();
    // Two tables with the same addresses, taken at once, come to them in the same order.
    all.sort_by(|one, other| {
        one.email.as_ref().map(EmailAddress::as_str).cmp(&other.email.as_ref().map(EmailAddress::as_str))
    });
    let (broker, now) = (caller.account, app.clock.now());
    let (made, _) = app
        .store
        .write(move |conn| {
            let taken = idempotency::once(conn, broker, once.as_ref(), now, |conn| {
                let known = clients::known_emails(conn, broker, &emails)?;
                let (mut made, mut last) = (0, None);
                for details in &all {
                    if !details.email.as_ref().is_some_and(|email| known.contains(email)) {
                        last = Some(clients::insert(conn, broker, details, now)?);
                        made += 1;
                    }
                }
                Ok((made, last))
            })?;
            // One change for all: a page that is told of one client asks for its list again.
            if let Some(last) = taken.1.flatten() {
                record(conn, last, broker, now)?;
            }
            Ok(taken)
        })
        .await?;
    Ok(made)
}

/// The records that the query finds, by name. Refuses `table_too_long` where there are more than a table holds.
pub async fn export(app: &App, caller: &Caller, query: ClientQuery) -> AppResult<String> {
    let now = app.clock.now();
    let titles = ClientDetails::FIELDS.iter().chain(&STANDS).map(|field| title(app, caller.language, field).into());
    let mut table: Vec<Vec<Cow<'static, str>>> = vec![titles.collect()];
    let mut before = None;
    loop {
        let page = list(app, caller, ClientQuery { before, limit: None, ..query.clone() }).await?;
        table.extend(page.clients.iter().map(|client| cells(app, caller.language, client, now)));
        if table.len() > MOST_GIVEN {
            return Err(Code::TableTooLong.into());
        }
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    Table::write(caller.language, table).map_err(|error| AppError::Internal(error.into()))
}

fn cells(app: &App, language: Language, client: &Client, now: Timestamp) -> Vec<Cow<'static, str>> {
    let state = app.texts.get(language, &format!("client-state-{}", client.state_at(now).as_str()), &[]);
    let when = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339).unwrap_or_default();
    let last_login =
        client.account.as_ref().filter(|_| client.is_within_reach).and_then(|account| account.last_login_at);
    let stands =
        [state, when(client.invited_at), when(client.activated_at), when(last_login), when(Some(client.created_at))];
    client.shown().cells().chain(stands).map(Cow::Owned).collect()
}

fn title(app: &App, language: Language, field: &str) -> String {
    app.texts.get(language, &format!("client-field-{field}"), &[])
}

fn read(app: &App, language: Language, text: &str) -> Result<Vec<ClientLine>, Refusal> {
    let table = Table::read(text, MOST_TAKEN)?;
    let columns: Vec<Option<&'static str>> = table.header.iter().map(|title| field_of(app, title)).collect();
    if !["first_name", "last_name"].iter().all(|name| columns.contains(&Some(*name))) {
        return Err(Refusal::field(Code::TableColumnsMissing, "table"));
    }
    let mut seen = HashSet::new();
    Ok(table.lines.into_iter().map(|line| checked(line, &columns, language, &mut seen)).collect())
}

fn checked(
    line: TableLine,
    columns: &[Option<&'static str>],
    language: Language,
    seen: &mut HashSet<EmailAddress>,
) -> ClientLine {
    let mut form = ClientForm::default();
    let mut refusals = Refusals::default();
    if line.cells.len() > columns.len() {
        refusals.add([Refusal::field(Code::TableLineUneven, "line")]);
    }
    for (cell, field) in line.cells.into_iter().zip(columns) {
        if let Some(field) = field {
            refusals.check(form.fill_in(field, cell));
        }
    }
    let details = match form.clone().check(language) {
        Ok(details) => Some(details),
        Err(wrong) => {
            refusals.add(wrong.iter().cloned());
            None
        }
    };
    if let Some(email) = details.as_ref().and_then(|details| details.email.clone())
        && !seen.insert(email)
    {
        refusals.add([Refusal::field(Code::TableEmailRepeated, "email")]);
    }
    let checked = details.filter(|_| refusals.is_empty()).ok_or(refusals);
    ClientLine { number: line.number, form, checked, is_known: false }
}

/// By the name of the field, or by its title in either language: a table that one of us wrote is read by the other.
fn field_of(app: &App, written: &str) -> Option<&'static str> {
    let key = search_key([written]);
    ClientDetails::FIELDS.into_iter().find(|field| {
        let titles = Language::ALL.map(|language| title(app, language, field));
        key == search_key([field.replace('_', " ").as_str()])
            || key == search_key([*field])
            || titles.iter().any(|title| key == search_key([title.as_str()]))
    })
}

fn email_of(line: &ClientLine) -> Option<&EmailAddress> {
    line.checked.as_ref().ok()?.email.as_ref()
}

fn emails_of(lines: &[ClientLine]) -> Vec<EmailAddress> {
    lines.iter().filter_map(email_of).cloned().collect()
}
