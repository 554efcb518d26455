//! Records of clients as a table.

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::clients::{self, ClientLine, ClientQuery};
use crate::domain::{Caller, ClientForm, ClientState, Code, Refusals};
use crate::http::answer::{Created, Download, Shown};
use crate::http::body::{Json, Query};
use crate::http::error::ApiResult;
use crate::http::idempotency::RequestKey;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ClientExportQuery {
    state: Option<ClientState>,
    archived: Option<bool>,
    q: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientTableBody {
    /// CSV with a header, separated by semicolons, commas or tabs.
    table: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClientTablePreview {
    lines: Vec<ClientTableLine>,
    /// Lines that would become a record.
    new: usize,
    /// Lines whose address is one of a record, which stays as it is.
    known: usize,
    /// Lines that have to be mended first.
    wrong: usize,
}

#[derive(Serialize, ToSchema)]
struct ClientTableLine {
    /// Where it begins in the file, from 1.
    number: usize,
    client: ClientForm,
    known: bool,
    errors: Vec<ClientTableError>,
}

#[derive(Serialize, ToSchema)]
struct ClientTableError {
    field: String,
    code: Code,
    /// In the reader's language.
    message: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClientsMade {
    made: i64,
}

fn shown(state: &HttpState, caller: &Caller, line: ClientLine) -> ClientTableLine {
    let refusals = line.checked.as_ref().err().into_iter().flat_map(Refusals::iter);
    let errors = refusals.map(|refusal| ClientTableError {
        field: refusal.field.as_deref().unwrap_or("line").to_owned(),
        code: refusal.code,
        message: state.app.texts.refusal(caller.language, refusal),
    });
    ClientTableLine { number: line.number, known: line.is_known, errors: errors.collect(), client: line.form }
}

pub async fn export(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    query: Query<ClientExportQuery>,
) -> ApiResult<Download> {
    let Query(ClientExportQuery { state: in_state, archived, q }) = query;
    let query =
        ClientQuery { state: in_state, archived: archived.unwrap_or_default(), text: q, ..ClientQuery::default() };
    let text = clients::export(&state.app, &caller, query).await?;
    Ok(Download { text, kind: "text/csv; charset=utf-8", name: "clients.csv" })
}

pub async fn preview(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    body: Json<ClientTableBody>,
) -> ApiResult<Shown<ClientTablePreview>> {
    let lines = clients::preview(&state.app, &caller, &body.0.table).await?;
    let wrong = lines.iter().filter(|line| line.checked.is_err()).count();
    let known = lines.iter().filter(|line| line.is_known).count();
    let new = lines.len().saturating_sub(wrong + known);
    let lines = lines.into_iter().map(|line| shown(&state, &caller, line)).collect();
    Ok(Shown::of(ClientTablePreview { lines, new, known, wrong }))
}

pub async fn import(
    state: web::Data<HttpState>,
    caller: web::ReqData<Caller>,
    key: RequestKey,
    body: Json<ClientTableBody>,
) -> ApiResult<Created<ClientsMade>> {
    let made = clients::import(&state.app, &caller, &body.0.table, key.0).await?;
    Ok(Created::of(ClientsMade { made }))
}

const TABLE: &[Code] = &[Code::TableUnreadable, Code::TableTooLong, Code::TableColumnsMissing];

routes! { client_table:
    /// The broker's records as CSV for the spreadsheet of the reader's language, 10,000 at most.
    GET "/api/v1/clients/export" BROKER export { refuses: &[SEARCH, &[Code::TableTooLong]] };
    /// Shows the effect of an import of this table, and writes nothing.
    POST "/api/v1/clients/import/preview" BROKER preview { audit: None, refuses: &[TABLE] };
    /// Makes a record of each line, of all or of none; 500 at most.
    ///
    /// A column is named by its field or its title in French or English; others are left out. Lines whose address is one of a record are
    /// left out too. A `field` of a refusal is `lines.<number>.<field>`.
    POST "/api/v1/clients/import" BROKER import {
        refuses: &[TABLE, PERSON, &[Code::ClientExists, Code::TableLineUneven, Code::TableEmailRepeated]],
    };
}
